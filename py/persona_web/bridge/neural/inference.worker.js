// A model on wasm, off the page's thread. Messages in and out are jobs:
//
//   {kind: "open", job, ort, wasm, threads}                 addresses of onnxruntime-web
//   {kind: "weights", job, name, data}                      as Model.addWeights
//   {kind: "create", job, name, graph, weights}             as Model.create
//   {kind: "created", job}                                  that was the last of them
//   {kind: "steps", job, address, options}                  as Model.addSteps
//   {kind: "run", job, graphs, inputs, picture, read, timeoutMs, face}
//       picture: the slot to answer as an ImageBitmap; read: slots to answer as arrays
//   {kind: "drop", job, face}                               as Model.drop
//   {kind: "memory", job}                                   value: bytes of wasm memory
//   {kind: "close", job}
//   -> {job, value: {ms, bitmap, values}} or {job, code, detail}
//   -> {alive: true}                                        another piece of the runtime is here

import { Model, configure, fillPicture } from "./inference_core.js";

// onnxruntime keeps its memory to itself; what it makes is counted here.
const memories = [];
WebAssembly.Memory = class extends WebAssembly.Memory {
  constructor(descriptor) {
    super(descriptor);
    memories.push(this);
  }
};

const ALIVE_MS = 1000;

// onnxruntime asks for megabytes of its own, which a slow line brings slowly.
const fetchWhole = self.fetch;
self.fetch = async (...request) => {
  const response = await fetchWhole(...request);
  tellOfPieces(response.clone()).catch(() => {}); // whoever asked for it finds out, too
  return response;
};

async function tellOfPieces({ body }) {
  const reader = body.getReader();
  let told = -Infinity;
  while (!(await reader.read()).done) {
    if (performance.now() - told < ALIVE_MS) continue;
    told = performance.now();
    self.postMessage({ alive: true });
  }
}

let model;
let picture; // ImageData, as large as the model's pictures

self.onmessage = async ({ data }) => {
  const { job, kind } = data;
  try {
    const value = await HANDLERS[kind](data);
    self.postMessage({ job, value }, givenAway(value));
  } catch (error) {
    const detail = String(error?.message ?? error);
    self.postMessage({ job, code: codeOf(error), detail });
  }
};

/** What of an answer the page shall have without a copy. */
function givenAway(value) {
  const arrays = Object.values(value?.values ?? {}).map(({ buffer }) => buffer);
  return value?.bitmap ? [...arrays, value.bitmap] : arrays;
}

const codeOf = ({ name }) => (name?.startsWith("model-") ? name : "model-failed");

const HANDLERS = {
  async open({ ort: address, wasm, threads }) {
    const ort = await import(address);
    configure(ort, wasm, threads);
    model = new Model(ort);
  },

  weights: ({ name, data }) => model.addWeights(name, data),

  create: ({ name, graph, weights }) =>
    model.create(name, graph, weights, { executionProviders: ["wasm"] }),

  created: () => model.dropWeights(),

  steps: ({ address, options }) => model.addSteps(address, options),

  async run({ graphs, inputs, picture: slot, read, timeoutMs, face }) {
    const start = performance.now();
    await model.run(graphs, inputs, timeoutMs, face);
    const bitmap = slot === undefined ? undefined : await asBitmap(model.slot(slot, face));
    const values = {};
    for (const name of read) values[name] = (await model.read(name, face)).slice();
    return { ms: performance.now() - start, bitmap, values };
  },

  drop: ({ face }) => model.drop(face),

  memory: () => memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0),

  close: () => model?.close(),
};

async function asBitmap({ data, dims }) {
  const [height, width] = dims.slice(-2);
  if (picture?.width !== width || picture.height !== height) picture = new ImageData(width, height);
  fillPicture(data, picture.data);
  return createImageBitmap(picture);
}
