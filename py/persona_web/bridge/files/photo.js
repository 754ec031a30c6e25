// Photos: decoded, made smaller, looked at by a worker, cropped, encoded again. What comes out
// is only pixels: whatever else a camera wrote into the file (place, time) stays behind.

const LOOK_SIDE = 1536; // faces down to a tenth of the picture are found at this size

async function scaled(source, left, top, width, height, outWidth, outHeight) {
  // From the whole photo in one step, by the browser's best filter.
  return createImageBitmap(source, left, top, width, height, {
    resizeWidth: outWidth, resizeHeight: outHeight, resizeQuality: "high",
  });
}

/**
 * @param {string} workerUrl  photo.worker.js
 * @param {object} files  the worker's "load" message without its kind
 */
export function createPhotoReader(workerUrl, files) {
  const worker = new Worker(workerUrl, { type: "module" });
  const waiting = new Map();
  let last = 0;
  let broken; // why the worker answers no more

  function settle(id, outcome, value) {
    waiting.get(id)?.[outcome](value);
    waiting.delete(id);
  }
  const failure = (detail, cause = "failed") => Object.assign(new Error(detail), { name: cause });
  function breakDown(detail, cause) {
    broken = failure(detail, cause);
    for (const id of [...waiting.keys()]) settle(id, "reject", broken);
  }
  worker.onmessage = ({ data }) => {
    if (data.kind === "answer") settle(data.id, "resolve", data);
    else if (data.id === undefined) breakDown(data.detail, data.cause);
    else settle(data.id, "reject", failure(data.detail, data.cause));
  };
  worker.onerror = (event) => breakDown(event.message || "the photo worker could not start");
  worker.postMessage({ kind: "load", ...files });

  function ask(kind, bitmap, rest = {}) {
    return new Promise((resolve, reject) => {
      if (broken) {
        bitmap.close();
        reject(broken);
        return;
      }
      last += 1;
      waiting.set(last, { resolve, reject });
      worker.postMessage({ kind, id: last, bitmap, ...rest }, [bitmap]);
    });
  }

  return {
    /** @param {Blob | Uint8Array | ImageBitmapSource} photo  rejects for what is no image */
    decode(photo) {
      return createImageBitmap(photo instanceof Uint8Array ? new Blob([photo]) : photo);
    },
    /** The faces in a bitmap, which stays the caller's: a Float64Array, see the worker. */
    async faces(bitmap) {
      const zoom = Math.min(1, LOOK_SIDE / Math.max(bitmap.width, bitmap.height));
      const [width, height] = [bitmap.width, bitmap.height].map((side) =>
        Math.max(1, Math.round(side * zoom)),
      );
      const copy = await scaled(bitmap, 0, 0, bitmap.width, bitmap.height, width, height);
      return (await ask("faces", copy)).values;
    },
    /** {matte, width, height}; no matte where the site cannot tell a person from the rest. */
    async person(bitmap, longest) {
      return ask("person", await createImageBitmap(bitmap), { longest });
    },
    crop: scaled,
    /** Mean luma in [0, 1] of a part of a bitmap (weights of ITU-R BT.709). */
    async brightness(bitmap, left, top, width, height) {
      const side = 16;
      const canvas = new OffscreenCanvas(side, side);
      const context = canvas.getContext("2d", { willReadFrequently: true });
      context.imageSmoothingQuality = "high";
      context.drawImage(bitmap, left, top, width, height, 0, 0, side, side);
      const { data } = context.getImageData(0, 0, side, side);
      let sum = 0;
      for (let at = 0; at < data.length; at += 4) {
        sum += 0.2126 * data[at] + 0.7152 * data[at + 1] + 0.0722 * data[at + 2];
      }
      return sum / (side * side * 255);
    },
    /** The bitmap as a WebP where the browser can, else a JPEG: a Uint8Array. */
    async encode(bitmap, quality) {
      const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
      const context = canvas.getContext("2d");
      context.fillStyle = "#808080"; // behind what is transparent
      context.fillRect(0, 0, bitmap.width, bitmap.height);
      context.drawImage(bitmap, 0, 0);
      let blob = await canvas.convertToBlob({ type: "image/webp", quality });
      if (blob.type !== "image/webp") blob = await canvas.convertToBlob({ type: "image/jpeg", quality });
      return new Uint8Array(await blob.arrayBuffer());
    },
    close() {
      worker.onmessage = null;
      worker.onerror = null;
      worker.terminate();
      breakDown("the photo reader was closed");
    },
  };
}
