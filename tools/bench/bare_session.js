// onnxruntime-web by itself: the same graphs with nothing of ours around them, to measure against.
//
// openBare(backend, where, files) -> {put(tensors), run(graphs), close()}
//   where    {ort, wasm, threads, device}: as of bridge/neural/inference.js; the device on WebGPU
//   files    [{name, graph, weights: {path, data} | undefined}], sessions in this order
//   put      tensors by name, {dims, data}: what graphs take in
//   run      milliseconds of these graphs one after the other, inputs and results by name; on
//            WebGPU until the GPU is done, results stay on it
// Each session has its own {name, ms} in `opened`, the time that making it took.

class Bare {
  #ort;
  #device;
  #sessions = new Map();
  #tensors = new Map();
  opened = [];

  static async open(backend, { ort: address, wasm, threads, device }, files) {
    const bare = new Bare();
    bare.#ort = await import(address);
    bare.#device = device;
    const { env, InferenceSession } = bare.#ort;
    env.wasm.wasmPaths = wasm;
    env.wasm.numThreads = threads;
    env.logLevel = "error";
    const options =
      backend === "wasm"
        ? { executionProviders: ["wasm"] }
        : { executionProviders: [{ name: "webgpu", device }], preferredOutputLocation: "gpu-buffer" };
    for (const { name, graph, weights } of files) {
      const start = performance.now();
      const externalData = weights ? [weights] : [];
      bare.#sessions.set(name, await InferenceSession.create(graph, { ...options, externalData }));
      bare.opened.push({ name, ms: performance.now() - start });
    }
    return bare;
  }

  put(tensors) {
    for (const [name, { dims, data }] of Object.entries(tensors)) {
      this.#keep(name, new this.#ort.Tensor("float32", data, dims));
    }
  }

  #keep(name, tensor) {
    this.#tensors.get(name)?.dispose();
    this.#tensors.set(name, tensor);
  }

  async run(graphs) {
    const start = performance.now();
    for (const graph of graphs) {
      const session = this.#sessions.get(graph);
      const feeds = session.inputNames.map((name) => [name, this.#tensors.get(name)]);
      const outputs = await session.run(Object.fromEntries(feeds));
      for (const [name, tensor] of Object.entries(outputs)) this.#keep(name, tensor);
    }
    await this.#device?.queue.onSubmittedWorkDone();
    return performance.now() - start;
  }

  async close() {
    for (const tensor of this.#tensors.values()) tensor.dispose();
    for (const session of this.#sessions.values()) await session.release();
  }
}

/** On wasm in a worker, as the app's own; on WebGPU here. */
export async function openBare(backend, where, files) {
  if (backend !== "wasm") return Bare.open(backend, where, files);
  const worker = new Worker(import.meta.url, { type: "module" });
  const ask = (call, ...given) =>
    new Promise((resolve, reject) => {
      worker.onmessage = ({ data: { value, error } }) =>
        error === undefined ? resolve(value) : reject(new Error(error));
      worker.onerror = ({ message }) => reject(new Error(message || "no worker"));
      worker.postMessage({ call, given });
    });
  const opened = await ask("open", backend, where, files);
  return {
    opened,
    put: (tensors) => ask("put", tensors),
    run: (graphs) => ask("run", graphs),
    close: async () => worker.terminate(),
  };
}

if (typeof document === "undefined") {
  let bare;
  const calls = {
    async open(...given) {
      bare = await Bare.open(...given);
      return bare.opened;
    },
    put: (tensors) => bare.put(tensors),
    run: (graphs) => bare.run(graphs),
  };
  self.onmessage = async ({ data: { call, given } }) => {
    try {
      self.postMessage({ value: await calls[call](...given) });
    } catch (error) {
      self.postMessage({ error: String(error?.message ?? error) });
    }
  };
}
