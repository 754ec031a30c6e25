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
// Messages out: {kind: "ready"}  {kind: "failed", detail}
//               {kind: "want", turn}  {kind: "result", values}
//
// `values` is a Float64Array that begins with [how many were found, captured ms, done ms], times
// on the wall clock (performance.timeOrigin + now), because page and worker have different time
// origins. What follows is the worker's own.

const PULL_INTERVAL_MS = 33;
const EARLY_MS = 4; // frames come a little unevenly

/** Where the worker's own numbers begin in `values`. */
export const HEAD = 3;

const now = () => performance.timeOrigin + performance.now();

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
 */
export function serveDetector({ create, detect, rest = () => 0 }) {
  let loading = null; // resolves to the task
  let source = 0; // counts starts and stops, so that a late continuation sees that it is stale
  let turn = null; // of the frames that are followed; the page's number
  let pulling = 0;
  let lastStamp = 0;
  let restingUntil = 0;
  let interval = 0; // no pace was asked for
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
      else if (data.kind === "bitmap") answer(await loading, data);
      else if (data.kind === "stop") stop();
      else if (data.kind === "pace") interval = data.interval;
    } catch (error) {
      self.postMessage({ kind: "failed", detail: String(error?.message ?? error) });
    }
  };

  async function load(data) {
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
      if (!isEarly()) bitmap = await createImageBitmap(frame);
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

  function answer(task, { bitmap, captured }) {
    // A slow page may answer twice what was asked twice.
    if (pulling !== 0 && (isResting() || isEarly())) bitmap.close();
    else look(task, bitmap, captured);
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
    dueAt = Math.max(dueAt, start - PULL_INTERVAL_MS) + interval;
    let values;
    try {
      // MediaPipe wants strictly increasing timestamps; performance.now() may repeat.
      lastStamp = Math.max(lastStamp + 1, Math.round(start));
      values = detect(task, bitmap, lastStamp);
    } finally {
      bitmap.close();
    }
    const end = performance.now();
    restingUntil = end + rest(end - start);
    values[1] = captured;
    values[2] = performance.timeOrigin + end;
    self.postMessage({ kind: "result", values }, [values.buffer]);
  }
}
