// The voices of a call: plays those of the peers, measures all. Each has a place with a number.
//
// on(kind) hears: "blocked", the browser plays nothing before the person does something here;
// "playing", it plays.

/** Whether the page may say which speaker plays. */
export const choosesSpeaker = "setSinkId" in HTMLMediaElement.prototype;

const VALUES = 4; // level, open, round, spread: see formants.js

/**
 * @param {string} workletUrl  voice.worklet.js
 * @param {number} places
 * @param {(kind: string) => void} on
 */
export function createVoices(workletUrl, places, on) {
  const values = new Float32Array(places * VALUES);
  const voices = new Map(); // place -> { audio, source, meter }
  const volumes = new Map(); // place -> 0 to 1, where it is another than 1
  let context; // made with the first voice: browsers complain of one before any gesture
  let loading;
  let blocked = false;
  let closed = false;
  let speaker = ""; // deviceId; empty: the system's choice

  const tell = (now) => {
    if (closed || now === blocked) return;
    blocked = now;
    on(now ? "blocked" : "playing");
  };

  async function play(audio) {
    try {
      await audio.play();
      tell(false);
    } catch (error) {
      // Taken away before it began (AbortError) is nobody's fault.
      if (error.name === "NotAllowedError") tell(true);
    }
  }

  async function measure(place, voice, stream) {
    context ??= new AudioContext({ latencyHint: "interactive" });
    loading ??= context.audioWorklet.addModule(workletUrl);
    await loading;
    if (voices.get(place) !== voice) return; // gone meanwhile
    voice.source = context.createMediaStreamSource(stream);
    voice.meter = new AudioWorkletNode(context, "voice-meter", { numberOfOutputs: 0 });
    voice.meter.port.onmessage = ({ data }) => values.set(data, place * VALUES);
    voice.source.connect(voice.meter);
    if (context.state === "suspended") context.resume().catch(() => {});
  }

  function detach(place) {
    const voice = voices.get(place);
    if (!voice) return;
    voices.delete(place);
    voice.source?.disconnect();
    if (voice.meter) voice.meter.port.onmessage = null;
    voice.meter?.port.postMessage("close");
    if (voice.audio) voice.audio.srcObject = null;
    values.fill(0, place * VALUES, (place + 1) * VALUES);
    if (![...voices.values()].some(({ audio }) => audio)) tell(false);
  }

  function unblock() {
    context?.resume().catch(() => {});
    if (blocked) for (const { audio } of voices.values()) if (audio) play(audio);
  }

  // Whatever the person does on the page allows sound from then on.
  const gestures = ["pointerdown", "keydown"];
  for (const gesture of gestures) addEventListener(gesture, unblock);

  return {
    /** level, open, round and spread of each place, as they are now. */
    values,
    /** Gives a place a voice instead of the one it had; `audible`: it is played, too. */
    attach(place, track, audible) {
      detach(place);
      const stream = new MediaStream([track]);
      const voice = { audio: audible ? new Audio() : undefined };
      voices.set(place, voice);
      if (voice.audio) {
        voice.audio.srcObject = stream;
        voice.audio.volume = volumes.get(place) ?? 1;
        if (speaker) voice.audio.setSinkId(speaker).catch(() => {}); // gone: the system's plays
        play(voice.audio);
      }
      measure(place, voice, stream).catch((error) => console.warn("voice meter:", error));
    },
    detach,
    /** How loud a place is played, 0 to 1: this voice and those after it. */
    setVolume(place, volume) {
      volumes.set(place, volume);
      const audio = voices.get(place)?.audio;
      if (audio) audio.volume = volume;
    },
    unblock,
    /** Plays all through a speaker, empty for the system's choice; resolves to whether it does. */
    async setSpeaker(id) {
      const speakers = [...voices.values()].filter(({ audio }) => audio);
      try {
        await Promise.all(speakers.map(({ audio }) => audio.setSinkId(id)));
      } catch (error) {
        console.warn("speaker:", error);
        return false;
      }
      speaker = id;
      return true;
    },
    close() {
      closed = true;
      for (const place of [...voices.keys()]) detach(place);
      for (const gesture of gestures) removeEventListener(gesture, unblock);
      context?.close().catch(() => {});
    },
  };
}
