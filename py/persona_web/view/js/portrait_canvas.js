// Shows a portrait that a worker paints by the CPU on a plain 2D canvas. One frame is under way at
// most: while it is, nothing more is asked for, so the newest face is always the next one.

let worker; // the page's one, while anybody needs it
const open = new Map(); // by id, what hears the worker
let newest = 0;

function heard({ data }) {
  open.get(data.id)?.(data);
}

function broken(event) {
  const fault = event.message || "no worker";
  worker?.terminate();
  worker = undefined;
  for (const hear of [...open.values()]) hear({ fault });
}

function ask(address, message, transfer) {
  if (!worker) {
    worker = new Worker(address, { type: "module" });
    worker.onmessage = heard;
    worker.onerror = worker.onmessageerror = broken;
  }
  worker.postMessage(message, transfer);
}

/**
 * @param {HTMLCanvasElement} canvas  2D; its pixels become the portrait's with the first `show`
 * @param {object} model  as of cpu/raster.js; its arrays are given away
 * @param {string} address  of cpu/raster.worker.js
 * @param {(ms: number) => void} onPicture  a frame was painted, which took the worker so long
 */
export function createPortrait(canvas, model, address, onPicture) {
  const id = (newest += 1);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("no 2D canvas");
  let picture; // the newest that is not yet seen
  let spare; // a buffer to paint into
  let busy = false, live = false;
  let fault = "";
  let waiting = () => {}, joining = () => {};

  function put() {
    const { width, height, pixels } = picture;
    // Setting a canvas's size clears it, so only when it changes.
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    context.putImageData(new ImageData(new Uint8ClampedArray(pixels), width, height), 0, 0);
    spare = pixels;
    picture = undefined;
  }

  open.set(id, (answer) => {
    if (answer.joined !== undefined) {
      joining(answer.joined);
      return;
    }
    busy = false;
    if (answer.fault) {
      fault = answer.fault;
      joining(false);
    } else {
      picture = answer;
      if (live) put();
      onPicture(answer.ms);
    }
    waiting();
  });
  const buffers = Object.values(model).filter(ArrayBuffer.isView).map(({ buffer }) => buffer);
  ask(address, { kind: "open", id, model }, [...new Set(buffers)]);

  return {
    /** Whether a frame can be asked for. */
    isFree: () => !busy && !fault,

    /** Why no more frames will come; empty while they do. */
    fault: () => fault,

    /** Asks for a frame, for `values` of PortraitRig.pose, of a size in pixels. */
    request(values, width, height) {
      busy = true;
      const pixels = spare;
      spare = undefined;
      const message = { kind: "draw", id, values: values.slice(), width, height, pixels };
      ask(address, message, pixels ? [pixels] : []);
    },

    /**
     * Takes the next of the person's further pictures, one at a time.
     *
     * @param {object} regions  with the first: `masks` and `regions` as of expressions_webgl.js
     * @param {object[]} patches  as of cpu/expressions.js; their arrays are given away
     * @returns {Promise<boolean>} whether it is drawn from now on
     */
    join(regions, patches) {
      if (fault || !open.has(id)) return Promise.resolve(false);
      const given = patches.flatMap(({ image, places }) => [image.data.buffer, places.buffer]);
      const joined = new Promise((resolve) => (joining = resolve));
      ask(address, { kind: "join", id, regions, patches }, given);
      return joined;
    },

    /** Resolves when the frame asked for has come, or has failed. */
    async done() {
      if (busy) await new Promise((resolve) => (waiting = resolve));
      waiting = () => {};
    },

    /** Shows the newest picture now, and each later one as it comes. */
    show() {
      live = true;
      if (picture) put();
    },

    close() {
      if (!open.delete(id)) return;
      waiting();
      joining(false);
      if (open.size === 0) {
        worker?.terminate();
        worker = undefined;
      } else if (worker) ask(address, { kind: "close", id }, []);
    },
  };
}
