// Runs a model's parts as the app does, and holds what they give against what is known.
//
// The page has the app's scripts under /web, the vendor's files under /vendor, and under /parts
// each part's graph and weights as <part>.onnx and <part>.bin, and tensors as flat float32.

import { openWasm, openWebGpu } from "/web/bridge/neural/inference.js";
import { sharedDevice } from "/web/bridge/graphics/gpu_device.js";

const VENDOR = `${location.origin}/vendor/ort/`;
const TIMEOUT_MS = 3_600_000; // a GPU made of software takes its time

const get = async (name) => {
  const answer = await fetch(`/parts/${name}`);
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
  return answer.arrayBuffer();
};

/** Sessions made from here on refuse an operator that would run on the CPU instead. */
async function forbidFallback(address) {
  const { InferenceSession } = await import(address);
  const create = InferenceSession.create.bind(InferenceSession);
  const extra = { session: { disable_cpu_ep_fallback: "1" } };
  InferenceSession.create = (graph, options) => create(graph, { ...options, extra });
}

/** Whether the page's device computes in half floats. */
export const hasHalfFloats = async () => (await sharedDevice()).features.has("shader-f16");

/** A host of `backend` with every part's session. */
export async function openParts(backend, bundle, parts) {
  const where = { ort: VENDOR + bundle, wasm: VENDOR, threads: 1 };
  let host;
  if (backend === "wasm") {
    host = await openWasm("/web/bridge/neural/inference.worker.js", where);
  } else {
    await forbidFallback(where.ort);
    host = await openWebGpu(await sharedDevice(), where);
  }
  for (const part of parts) {
    await host.addWeights(`${part}.bin`, await get(`${part}.bin`));
    await host.create(part, await get(`${part}.onnx`), `${part}.bin`);
  }
  await host.created();
  return host;
}

/**
 * Runs graphs on known tensors and compares what they give with known tensors.
 *
 * @param {{graphs: string[], inputs: Record<string, string>, outputs: Record<string, string>}}
 *     step  known tensors' names, by the graphs' names of them
 * @param {Record<string, number[]>} shapes  of the known tensors
 * @returns {Promise<number[]>}  each output's greatest difference over its greatest value
 */
export async function errorsOf(host, { graphs, inputs, outputs }, shapes) {
  const known = async (name) => new Float32Array(await get(`${name.replaceAll("/", "_")}.f32`));
  const given = {};
  for (const [name, label] of Object.entries(inputs)) {
    given[name] = { type: "float32", dims: shapes[label], data: await known(label) };
  }
  const read = Object.keys(outputs);
  const { values } = await host.run(graphs, given, { read, timeoutMs: TIMEOUT_MS });
  return Promise.all(read.map(async (name) => relative(values[name], await known(outputs[name]))));
}

function relative(found, wanted) {
  if (found.length !== wanted.length) throw new Error(`${found.length}, not ${wanted.length}`);
  let off = 0;
  let most = 0;
  for (let at = 0; at < wanted.length; at += 1) {
    off = Math.max(off, Math.abs(found[at] - wanted[at])); // NaN stays
    most = Math.max(most, Math.abs(wanted[at]));
  }
  return off / most;
}
