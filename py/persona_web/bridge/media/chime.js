// A soft sound without a file, for who cannot look.

const SECONDS = 0.45;
const LOUDNESS = 0.12;

export function createChime() {
  let context; // made when it is first wanted: before, browsers let no page sound

  return {
    /** Wakes the sound up; call it while a click or a key is being handled. */
    prepare() {
      if (!("AudioContext" in globalThis)) return;
      context ??= new AudioContext();
      context.resume().catch(() => {}); // a page that may not sound is silent
    },
    /** Two tones, the second a fifth above. */
    play() {
      if (context?.state !== "running") return;
      [660, 990].forEach((frequency, index) => {
        const start = context.currentTime + 0.09 * index;
        const tone = new OscillatorNode(context, { frequency, type: "sine" });
        const gain = new GainNode(context, { gain: 0 });
        gain.gain.setValueAtTime(0, start);
        gain.gain.linearRampToValueAtTime(LOUDNESS, start + 0.02);
        gain.gain.exponentialRampToValueAtTime(0.0005, start + SECONDS);
        tone.connect(gain).connect(context.destination);
        tone.start(start);
        tone.stop(start + SECONDS);
      });
    },
    close() {
      context?.close().catch(() => {});
      context = undefined;
    },
  };
}
