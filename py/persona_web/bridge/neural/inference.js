// Two ways to run a model, with one face: in a worker on wasm, or on this page's GPU device.
//
//   addWeights(name, data)        a weights file for graphs made later; `data` is given away
//   create(name, graph, weights)  one graph's session; `weights` names its file or is undefined
//   created()                     every session is made: weights are dropped
//   addSteps(address, options)    steps that a script computes, run as graphs: Model.addSteps
//   run(graphs, inputs, {picture, read, timeoutMs, face})
//       -> {ms, bitmap | undefined, values}; on WebGPU the picture stays in its slot
//   slot(name, face)  WebGPU: the tensor, whose gpuBuffer may be drawn until the face's run after
//                     the next one begins
//   drop(face)        frees what a face holds
//   memory()     bytes of wasm memory; undefined where onnxruntime shares the page's thread
//   isLost()     whether its device, or its worker, is gone
//   close()
//   backend      "wasm" | "webgpu"

import { Model, configure, refusal } from "./inference_core.js";

const TIMEOUT_MS = 60_000;

/**
 * What is asked of it waits until onnxruntime is there, and fails where it cannot be.
 *
 * @param {string} workerUrl  inference.worker.js
 * @param {{ort: string, wasm: string, threads: number}} where  absolute addresses
 * @param {() => void} onAlive  called for every piece of the runtime that has come
 */
export function openWasm(workerUrl, where, onAlive = () => {}) {
  const worker = new Worker(workerUrl, { type: "module" });
  const jobs = new Map();
  let newest = 0;
  let broken;

  worker.onmessage = ({ data: { alive, job, value, code, detail } }) => {
    if (alive) return onAlive();
    const waiting = jobs.get(job);
    jobs.delete(job);
    if (code) waiting?.reject(refusal(code, detail));
    else waiting?.resolve(value);
  };
  const fail = (error) => {
    broken = error;
    for (const { reject } of jobs.values()) reject(error);
    jobs.clear();
  };
  worker.onerror = (event) => fail(refusal("model-failed", event.message || "no worker"));

  function post(message, transfer = []) {
    if (broken) return Promise.reject(broken);
    const job = (newest += 1);
    return new Promise((resolve, reject) => {
      jobs.set(job, { resolve, reject });
      worker.postMessage({ ...message, job }, transfer);
    });
  }

  const opened = post({ kind: "open", ...where });
  opened.catch(() => host.close());

  async function ask(...job) {
    await opened;
    return post(...job);
  }

  const host = {
    backend: "wasm",
    addWeights: (name, data) => ask({ kind: "weights", name, data }, [data]),
    create: (name, graph, weights) => ask({ kind: "create", name, graph, weights }),
    created: () => ask({ kind: "created" }),
    addSteps: (address, options) => ask({ kind: "steps", address, options }),
    run(graphs, inputs, { picture, read = [], timeoutMs = TIMEOUT_MS, face = "" } = {}) {
      return ask({ kind: "run", graphs, inputs, picture, read, timeoutMs, face });
    },
    drop: (face) => ask({ kind: "drop", face }).catch(() => {}),
    memory: () => ask({ kind: "memory" }),
    isLost: () => broken !== undefined,
    /** Ends the worker at once, whatever it is doing. */
    async close() {
      worker.onmessage = null;
      worker.onerror = null;
      worker.terminate();
      fail(refusal("model-cancelled", "closed"));
    },
  };
  return host;
}

/**
 * @param {GPUDevice} device  the page's, so that what the model puts out can be drawn
 * @param {{ort: string, wasm: string}} where  absolute addresses
 */
export async function openWebGpu(device, where) {
  const ort = await import(where.ort);
  configure(ort, where.wasm, 1);
  const model = new Model(ort);
  const whenLost = () => refusal("gpu-lost", "the GPU device was lost");
  let lost = false;
  let abandon = () => {}; // the run in progress, which may never answer on a lost device
  device.lost.then(() => {
    lost = true;
    abandon(whenLost());
  });

  async function compute(graphs, inputs, read, timeoutMs, face) {
    await model.run(graphs, inputs, timeoutMs, face);
    await device.queue.onSubmittedWorkDone();
    const values = {};
    for (const name of read) values[name] = (await model.read(name, face)).slice();
    return values;
  }

  return {
    backend: "webgpu",
    async addWeights(name, data) {
      model.addWeights(name, data);
    },
    create(name, graph, weights) {
      return model.create(name, graph, weights, {
        executionProviders: [{ name: "webgpu", device }],
        preferredOutputLocation: "gpu-buffer",
      });
    },
    async created() {
      model.dropWeights();
    },
    addSteps: (address, options) => model.addSteps(address, options),
    async run(graphs, inputs, { read = [], timeoutMs = TIMEOUT_MS, face = "" } = {}) {
      if (lost) throw whenLost();
      const start = performance.now();
      const loss = new Promise((_, reject) => (abandon = reject));
      const work = compute(graphs, inputs, read, timeoutMs, face);
      work.catch(() => {}); // it may fail long after it was abandoned
      const values = await Promise.race([work, loss]);
      return { ms: performance.now() - start, bitmap: undefined, values };
    },
    slot: (name, face) => model.slot(name, face),
    drop: (face) => model.drop(face),
    async memory() {},
    isLost: () => lost,
    /** What a lost device holds is gone by itself. */
    async close() {
      if (!lost) await model.close();
    },
  };
}
