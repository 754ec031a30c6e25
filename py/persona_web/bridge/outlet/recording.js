// The own view of a call and its voices, recorded to a file of this device.
//
// Chunks go to the disk as they come (the origin's private file system), or where there is none to
// blobs, which browsers hold in memory: then a recording may be shorter.

import { createComposition } from "./composition.js";

const SIDE = 1280;
const FPS = 20;
const CHUNK_MS = 2000;
const KINDS = [
  ["video/webm;codecs=vp8,opus", "webm"],
  ["video/webm", "webm"],
  ["video/mp4", "mp4"],
];
const PREFIX = "vp-recording-";
const LEFT_BEHIND_MS = 86_400_000; // a file so old is of a page that crashed

const kindNow = () => KINDS.find(([type]) => MediaRecorder.isTypeSupported(type));

/** Whether the browser can record at all. */
export const isSupported = () =>
  "MediaRecorder" in globalThis && "captureStream" in HTMLCanvasElement.prototype && Boolean(kindNow());

/**
 * Begins to record.
 *
 * @param {HTMLElement} stage
 * @param {{bytes: number, heldBytes: number, ms: number}} most  at which it ends by itself; `heldBytes`
 *   where it is held in memory
 * @param {(reason: string, url: string, name: string, bytes: number) => void} onEnd  called once:
 *   "stopped", "long" or "full"; the url is of the file until `discard`
 */
export async function startRecording(stage, most, onEnd) {
  const [type, ending] = kindNow();
  const { draw, canvas } = createComposition(stage, document.createElement("canvas"), SIDE);
  const stream = canvas.captureStream(FPS);
  const audio = new AudioContext();
  audio.resume().catch(() => {});
  const mixed = audio.createMediaStreamDestination();
  for (const track of mixed.stream.getAudioTracks()) stream.addTrack(track);
  const voices = new Map(); // track -> its source
  const store = await openStore(ending);
  const limit = store.isHeld ? most.heldBytes : most.bytes;
  const recorder = new MediaRecorder(stream, {
    mimeType: type, videoBitsPerSecond: 2_500_000, audioBitsPerSecond: 96_000,
  });
  let bytes = 0;
  let reason = "";
  let url = "";
  let writing = Promise.resolve();

  recorder.ondataavailable = ({ data }) => {
    if (!data.size || reason === "full") return;
    bytes += data.size;
    writing = writing.then(() => store.write(data)).catch(() => stop("full"));
    if (bytes >= limit) stop("long");
  };
  recorder.onerror = () => stop("full");
  recorder.onstop = async () => {
    clearTimeout(clock);
    await writing;
    const file = await store.close().catch(() => undefined);
    for (const track of stream.getTracks()) track.stop();
    audio.close().catch(() => {});
    if (file) url = URL.createObjectURL(file);
    else removeEventListener("beforeunload", warn);
    const time = new Date(Date.now() - new Date().getTimezoneOffset() * 60_000);
    const name = `call-${time.toISOString().slice(0, 16).replace(/[T:]/g, "-")}.${ending}`;
    onEnd(file ? reason || "stopped" : "full", url, name, file?.size ?? 0);
  };

  function stop(why = "stopped") {
    reason ||= why;
    if (recorder.state !== "inactive") recorder.stop();
  }

  // What is not saved yet is gone with the page.
  const warn = (event) => event.preventDefault();
  addEventListener("beforeunload", warn);
  draw();
  recorder.start(CHUNK_MS);
  const clock = setTimeout(() => stop("long"), most.ms);

  return {
    isHeld: store.isHeld,
    draw,
    stop,
    /** Whose voices are heard from now on: a list of tracks. */
    setVoices(tracks) {
      for (const [track, source] of voices) {
        if (!tracks.includes(track)) {
          source.disconnect();
          voices.delete(track);
        }
      }
      for (const track of tracks) {
        if (voices.has(track)) continue;
        const source = audio.createMediaStreamSource(new MediaStream([track]));
        source.connect(mixed);
        voices.set(track, source);
      }
    },
    /** Forgets the file. */
    discard() {
      removeEventListener("beforeunload", warn);
      if (url) URL.revokeObjectURL(url);
      return store.remove().catch(() => {});
    },
  };
}

async function openStore(ending) {
  try {
    return await openFile(ending);
  } catch {
    const parts = [];
    return {
      isHeld: true,
      write: async (data) => parts.push(data),
      close: async () => new Blob(parts, { type: parts[0]?.type }),
      remove: async () => parts.splice(0),
    };
  }
}

async function openFile(ending) {
  const folder = await navigator.storage.getDirectory();
  for await (const name of folder.keys()) {
    const began = Number(name.slice(PREFIX.length).split(".")[0]);
    if (name.startsWith(PREFIX) && Date.now() - began > LEFT_BEHIND_MS) await folder.removeEntry(name);
  }
  const name = `${PREFIX}${Date.now()}.${ending}`;
  const handle = await folder.getFileHandle(name, { create: true });
  const sink = await handle.createWritable();
  return {
    isHeld: false,
    write: (data) => sink.write(data),
    async close() {
      await sink.close();
      return handle.getFile();
    },
    remove: () => folder.removeEntry(name),
  };
}
