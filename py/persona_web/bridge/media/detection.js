// What the detecting workers (tracker.worker.js, hands.worker.js) have in common: their messages,
// where their camera frames come from, and at which pace they take them.
//
// Messages in:  {kind: "load", bundle, wasm, model}   addresses of MediaPipe and its task bundle
//               {kind: "follow", turn}                ask for one frame after the other
//               {kind: "frame", frame, captured, turn}  answers it: a VideoFrame, to be closed
//               {kind: "pull"}                        ask for stills at an even pace
//               {kind: "bitmap", bitmap, captured}    answers it
//               {kind: "stop"}
//               {kind: "pace", interval}              ms from one frame to the next, at least
// Messages out: {kind: "ready"}  {kind: "failed" | "no-webgl" | "scrambled", detail}
//               {kind: "want", turn}  {kind: "result", values}
//
// `values` is a Float64Array that begins with [how many were found, captured ms, done ms], times
// on the wall clock (performance.timeOrigin + now), because page and worker have different time
// origins. What follows is the worker's own.

import { causeOf, hindrance } from "./sight.js";

const PULL_INTERVAL_MS = 33;
const EARLY_MS = 4; // frames come a little unevenly
const SLOWEST_MS = 125; // fewer looks a second than eight miss what a face does
const LONGEST_PX = 640; // of a picture's sides: no detector makes use of more
const FORGETTING = 1.02; // a cost that was seen once is believed for some fifty looks

/** Where the worker's own numbers begin in `values`. */
export const HEAD = 3;

const now = () => performance.timeOrigin + performance.now();

/** A bitmap of a picture, made smaller where a camera gives more than it was asked for. */
function bounded(picture, width, height) {
  const scale = LONGEST_PX / Math.max(width, height);
  if (scale >= 1) return createImageBitmap(picture);
  const [resizeWidth, resizeHeight] = [width, height].map((side) => Math.round(side * scale));
  return createImageBitmap(picture, { resizeWidth, resizeHeight, resizeQuality: "medium" });
}

/**
 * Makes this worker a detector.
 *
 * @param {object} worker
 * @param {(vision: object, files: object, data: object) => Promise<object>} worker.create
 *   makes MediaPipe's task from its module, its wasm file set and the "load" message
 * @param {(task: object, bitmap: ImageBitmap, stamp: number) => Float64Array} worker.detect
 *   gives `values` with all but the times filled in
 * @param {(cost: number) => number} [worker.rest]
 *   ms to ask for no frame after one that took `cost` ms; none by default
 * @param {number} [worker.share]
 *   of a core that it may take, as long as it looks eight times a second; all of it by default
 */
export function serveDetector({ create, detect, rest = () => 0, share = 1 }) {
  let loading = null; // resolves to the task
  let source = 0; // counts starts and stops, so that a late continuation sees that it is stale
  let turn = null; // of the frames that are followed; the page's number
  let pulling = 0;
  let lastStamp = 0;
  let restingUntil = 0;
  let interval = 0; // no pace was asked for
  let leastCost = Infinity; // ms that looks took of late, when nothing else wanted the core
  let dueAt = 0;

  // MediaPipe's wasm writes plain information to its stderr, which arrives as console errors.
  const complain = console.error;
  console.error = (...words) => (/^INFO:/.test(words[0]) ? console.info : complain)(...words);

  self.onmessage = async ({ data }) => {
    try {
      if (data.kind === "load") await (loading = load(data));
      else if (data.kind === "follow") await follow(data.turn);
      else if (data.kind === "frame") await take(await loading, data);
      else if (data.kind === "pull") await pull();
      else if (data.kind === "bitmap") await answer(await loading, data);
      else if (data.kind === "stop") stop();
      else if (data.kind === "pace") interval = data.interval;
    } catch (error) {
      self.postMessage({ kind: error?.kind ?? causeOf(), detail: String(error?.message ?? error) });
    }
  };

  async function load(data) {
    const kind = hindrance();
    if (kind) throw Object.assign(new Error("pixels are read otherwise than drawn"), { kind });
    const vision = await import(data.bundle);
    // The second argument asks for the module build of the wasm loader: a module worker has no
    // importScripts for the classic one.
    const files = await vision.FilesetResolver.forVisionTasks(data.wasm, true);
    const task = await create(vision, files, data);
    self.postMessage({ kind: "ready" });
    return task;
  }

  async function follow(next) {
    const mine = stop();
    await loading; // frames asked for earlier would only grow old
    if (source !== mine) return;
    turn = next;
    self.postMessage({ kind: "want", turn });
  }

  async function take(task, { frame, captured, turn: given }) {
    let bitmap;
    try {
      if (given !== turn) return;
      if (!isEarly()) bitmap = await bounded(frame, frame.displayWidth, frame.displayHeight);
    } finally {
      frame.close();
    }
    if (given !== turn) bitmap?.close();
    else {
      if (bitmap) look(task, bitmap, captured);
      self.postMessage({ kind: "want", turn });
    }
  }

  async function pull() {
    const mine = stop();
    await loading; // frames asked for earlier would only queue up
    if (source !== mine) return;
    // Timers of a worker go on at full pace in hidden tabs, so the pace is set here.
    pulling = setInterval(() => {
      if (!isResting() && !isEarly()) self.postMessage({ kind: "want" });
    }, PULL_INTERVAL_MS);
  }

  async function answer(task, { bitmap, captured }) {
    let still = bitmap;
    if (Math.max(bitmap.width, bitmap.height) > LONGEST_PX) {
      still = await bounded(bitmap, bitmap.width, bitmap.height);
      bitmap.close();
    }
    // A slow page may answer twice what was asked twice.
    if (pulling !== 0 && (isResting() || isEarly())) still.close();
    else look(task, still, captured);
  }

  function isResting() {
    return performance.now() < restingUntil;
  }

  function isEarly() {
    return performance.now() < dueAt - EARLY_MS;
  }

  /** Ends whatever source there is; returns the number of the next one. */
  function stop() {
    clearInterval(pulling);
    pulling = 0;
    turn = null;
    return ++source;
  }

  function look(task, bitmap, captured) {
    const start = performance.now();
    // Counted on from when it was due, for the mean to be what was asked for; a camera's frame
    // comes at most its own interval late.
    const affordable = share < 1 ? Math.min(leastCost / share, SLOWEST_MS) : 0;
    dueAt = Math.max(dueAt, start - PULL_INTERVAL_MS) + Math.max(interval, affordable);
    let values;
    try {
      // MediaPipe wants strictly increasing timestamps; performance.now() may repeat.
      lastStamp = Math.max(lastStamp + 1, Math.round(start));
      values = detect(task, bitmap, lastStamp);
    } finally {
      bitmap.close();
    }
    const end = performance.now();
    const cost = end - start;
    leastCost = Math.min(cost, leastCost * FORGETTING);
    restingUntil = end + rest(cost);
    values[1] = captured;
    values[2] = performance.timeOrigin + end;
    self.postMessage({ kind: "result", values }, [values.buffer]);
  }
}
