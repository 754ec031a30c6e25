// Face tracking off the page's thread: camera frames in, one Float64Array of numbers out.
//
// Messages in:  {kind: "load", bundle, wasm, model}   addresses of MediaPipe and its task bundle
//               {kind: "stream", readable}            a ReadableStream<VideoFrame> to read from
//               {kind: "pull"}                        where streams can't be transferred: ask for
//               {kind: "bitmap", bitmap, captured}    single frames, answered by these
//               {kind: "stop"}
// Messages out: {kind: "ready"}  {kind: "failed", detail}
//               {kind: "want"}  {kind: "result", values}  {kind: "ended"}
//
// `values` is persona_core.face.observation's flat layout:
// [found, captured ms, done ms, 52 blendshapes, 16 matrix], times on the wall clock
// (performance.timeOrigin + now), because page and worker have different time origins.

const BLENDSHAPES = 52;
const MATRIX = 16;
const SHAPES_AT = 3;
const PULL_INTERVAL_MS = 33;

let loading = null; // resolves to the landmarker
let source = 0; // counts starts and stops, so that a late continuation sees that it is stale
let reader = null;
let pulling = 0;
let lastStamp = 0;

// MediaPipe's wasm writes plain information to its stderr, which arrives as console errors.
const complain = console.error;
console.error = (...words) => (/^INFO:/.test(words[0]) ? console.info : complain)(...words);

const now = () => performance.timeOrigin + performance.now();

self.onmessage = async ({ data }) => {
  try {
    if (data.kind === "load") await (loading = load(data));
    else if (data.kind === "stream") await follow(data.readable);
    else if (data.kind === "pull") await pull();
    else if (data.kind === "bitmap") track(await loading, data.bitmap, data.captured);
    else if (data.kind === "stop") stop();
  } catch (error) {
    self.postMessage({ kind: "failed", detail: String(error?.message ?? error) });
  }
};

async function load({ bundle, wasm, model }) {
  const { FaceLandmarker, FilesetResolver } = await import(bundle);
  // The second argument asks for the module build of the wasm loader: a module worker has no
  // importScripts for the classic one.
  const files = await FilesetResolver.forVisionTasks(wasm, true);
  const landmarker = await FaceLandmarker.createFromOptions(files, {
    baseOptions: { modelAssetPath: model, delegate: "CPU" },
    runningMode: "VIDEO",
    numFaces: 1,
    outputFaceBlendshapes: true,
    outputFacialTransformationMatrixes: true,
  });
  self.postMessage({ kind: "ready" });
  return landmarker;
}

async function follow(readable) {
  const mine = stop();
  const frames = (reader = readable.getReader());
  const landmarker = await loading;
  for (;;) {
    const { value: frame, done } = await frames.read();
    if (done) break;
    const captured = now();
    let bitmap;
    try {
      bitmap = await createImageBitmap(frame);
    } finally {
      frame.close();
    }
    if (source === mine) track(landmarker, bitmap, captured);
    else bitmap.close();
  }
  if (source === mine) self.postMessage({ kind: "ended" });
}

async function pull() {
  const mine = stop();
  await loading; // frames asked for earlier would only queue up
  // Timers of a worker go on at full pace in hidden tabs, so the pace is set here.
  if (source === mine) {
    pulling = setInterval(() => self.postMessage({ kind: "want" }), PULL_INTERVAL_MS);
  }
}

/** Ends whatever source there is; returns the number of the next one. */
function stop() {
  clearInterval(pulling);
  reader?.cancel().catch(() => {}); // a stream that is already broken needs no cancelling
  reader = null;
  return ++source;
}

function track(landmarker, bitmap, captured) {
  const values = new Float64Array(SHAPES_AT + BLENDSHAPES + MATRIX);
  try {
    // MediaPipe wants strictly increasing timestamps; performance.now() may repeat.
    lastStamp = Math.max(lastStamp + 1, Math.round(performance.now()));
    const result = landmarker.detectForVideo(bitmap, lastStamp);
    const shapes = result.faceBlendshapes[0]?.categories;
    const matrix = result.facialTransformationMatrixes[0]?.data;
    if (shapes && matrix) {
      values[0] = 1;
      for (const shape of shapes) values[SHAPES_AT + shape.index] = shape.score;
      values.set(matrix, SHAPES_AT + BLENDSHAPES);
    }
  } finally {
    bitmap.close();
  }
  values[1] = captured;
  values[2] = now();
  self.postMessage({ kind: "result", values }, [values.buffer]);
}
