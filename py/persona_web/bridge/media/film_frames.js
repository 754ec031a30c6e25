// Frames of a <video>, live or of a file: as bitmaps, and as small pictures of a part to measure.

const LOAD_MS = 15_000;
const SEEK_MS = 10_000;

/** The frame shown now as an ImageBitmap; `undefined` before there is one. */
export async function grabFrame(video) {
  if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || !video.videoWidth) return undefined;
  return createImageBitmap(video);
}

export function createPart(side) {
  const canvas = new OffscreenCanvas(side, side);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "medium";
  return {
    /** A square of a video's frame or a bitmap, reduced: a Uint8ClampedArray, four numbers a pixel. */
    read(source, left, top, size) {
      context.fillStyle = "#808080"; // beyond the frame
      context.fillRect(0, 0, side, side);
      context.drawImage(source, left, top, size, size, 0, 0, side, side);
      return context.getImageData(0, 0, side, side).data;
    },
  };
}

/** Settles with the first of these events; rejects with "error" or "timeout". */
function happens(target, names, ms) {
  return new Promise((resolve, reject) => {
    const waiting = new AbortController();
    const settle = (how, value) => {
      clearTimeout(timer);
      waiting.abort();
      how(value);
    };
    const timer = setTimeout(() => settle(reject, new Error("timeout")), ms);
    for (const name of names) {
      target.addEventListener(name, () => settle(resolve, name), { signal: waiting.signal });
    }
    target.addEventListener("error", () => settle(reject, new Error("error")), { signal: waiting.signal });
  });
}

/**
 * A video file, to be looked at frame by frame. Resolves to {code} where it cannot be.
 * @param {Blob} file
 */
export async function openClip(file) {
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  video.preload = "auto";
  const address = URL.createObjectURL(file);
  const close = () => {
    video.removeAttribute("src");
    video.load();
    URL.revokeObjectURL(address);
  };
  try {
    const loaded = happens(video, ["loadeddata"], LOAD_MS);
    video.src = address;
    await loaded;
    if (!video.videoWidth) throw new Error("no-picture");
    if (!Number.isFinite(video.duration)) {
      // Recorders that write as they go leave the length out; at its end it is known.
      const known = happens(video, ["durationchange"], SEEK_MS);
      video.currentTime = 1e9;
      await known.catch(() => {});
    }
  } catch (error) {
    close();
    const codes = { "no-picture": "clip-no-picture", timeout: "clip-slow" };
    return { code: codes[error.message] ?? "clip-unsupported", detail: video.error?.message ?? "" };
  }
  return {
    width: video.videoWidth,
    height: video.videoHeight,
    seconds: Number.isFinite(video.duration) ? video.duration : 0,
    /** The frame at a time as an ImageBitmap; `undefined` where there is none. */
    async frame(seconds) {
      try {
        const there = happens(video, ["seeked"], SEEK_MS);
        video.currentTime = seconds;
        await there;
        return await grabFrame(video);
      } catch {
        return undefined; // a damaged stretch; the others may be sound
      }
    },
    close,
  };
}
