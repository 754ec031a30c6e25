// Running a model's graphs with onnxruntime-web, on whichever thread this is loaded.
//
// A model of our family computes once for a portrait and then once for every frame. Its graphs
// meet by name: what one puts out under a name, a later one takes in under the same. So a stage
// ("portrait", "frame") is a list of graphs, and values live between runs in named slots. Each
// face that is drawn has slots of its own; sessions are shared.

/** Why a model cannot be run; `name` is the code of a sentence, as Python reads it. */
export function refusal(code, detail) {
  const error = new Error(detail);
  error.name = code;
  return error;
}

/**
 * @param {object} ort  the loaded onnxruntime-web module
 * @param {string} wasmFolder  absolute address of its wasm files
 * @param {number} threads  of wasm; 1 where the page is not cross-origin isolated
 */
export function configure(ort, wasmFolder, threads) {
  ort.env.wasm.wasmPaths = wasmFolder;
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = "error";
}

export class Model {
  #ort;
  #weights = new Map(); // weights file's name -> Uint8Array, until every session is made
  #sessions = new Map(); // graph name -> InferenceSession
  #faces = new Map(); // face -> Map of value name -> Tensor
  #replaced = new Map(); // face -> tensors that its last run has replaced, which may be on show
  #running = null; // the run in progress: onnxruntime takes one at a time

  constructor(ort) {
    this.#ort = ort;
  }

  /** Holds a weights file ready for the graphs whose external data names it. */
  addWeights(name, data) {
    this.#weights.set(name, new Uint8Array(data));
  }

  /** Lets go of all weights: sessions have their own by now. */
  dropWeights() {
    this.#weights.clear();
  }

  /**
   * Makes the session of one graph.
   *
   * @param {string} name
   * @param {ArrayBuffer} graph  an ONNX file
   * @param {string | undefined} weights  the name of its weights file
   * @param {object} options  of InferenceSession.create: executionProviders, ...
   */
  async create(name, graph, weights, options) {
    const data = this.#weights.get(weights);
    const externalData = data ? [{ path: weights, data }] : [];
    try {
      const session = await this.#ort.InferenceSession.create(new Uint8Array(graph), {
        ...options,
        externalData,
      });
      this.#sessions.set(name, session);
    } catch (error) {
      throw refusal("model-unsupported", `${name}: ${error?.message ?? error}`);
    }
  }

  /**
   * Adds steps that are computed by scripts, which run takes for graphs.
   *
   * @param {string} address  a module whose createSteps(ort, options) gives them by name, each
   *   with `inputNames`, `run` and `release` as an InferenceSession; `optionalNames` it takes
   *   where they have been given
   * @param {object} options  plain data
   */
  async addSteps(address, options) {
    const { createSteps } = await import(address);
    for (const [name, step] of Object.entries(createSteps(this.#ort, options))) {
      this.#sessions.set(name, step);
    }
  }

  /**
   * Runs graphs in order. Inputs go into slots first; every output becomes a slot.
   *
   * @param {string[]} graphs
   * @param {Record<string, {type: string, dims: number[], data: object}>} inputs
   * @param {number} timeoutMs  a run that takes longer is given up, and the model with it
   * @param {string} face  whose slots they are
   */
  async run(graphs, inputs, timeoutMs, face = "") {
    if (this.#running) throw refusal("model-busy", "a run is in progress");
    let timer;
    const late = new Promise((_, reject) => {
      const give = () => reject(refusal("model-timeout", `no answer in ${timeoutMs} ms`));
      timer = setTimeout(give, timeoutMs);
    });
    const work = (this.#running = this.#runAll(graphs, inputs, face));
    // A run that is given up goes on inside onnxruntime: the lock is free when it really ends.
    work.catch(() => {}).finally(() => (this.#running = null));
    try {
      await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #runAll(graphs, inputs, face) {
    this.#forget(face);
    for (const [name, { type, dims, data }] of Object.entries(inputs)) {
      this.#put(name, new this.#ort.Tensor(type, data, dims), face);
    }
    for (const name of graphs) {
      const session = this.#sessions.get(name);
      if (!session) throw refusal("model-failed", `there is no graph ${name}`);
      const known = this.#faces.get(face);
      const more = (session.optionalNames ?? []).filter((input) => known?.has(input));
      const names = [...session.inputNames, ...more];
      const given = names.map((input) => [input, this.slot(input, face)]);
      const feeds = Object.fromEntries(given);
      let outputs;
      try {
        outputs = await session.run(feeds);
      } catch (error) {
        throw refusal("model-run-failed", `${name}: ${error?.message ?? error}`);
      }
      for (const [output, tensor] of Object.entries(outputs)) this.#put(output, tensor, face);
    }
  }

  #put(name, tensor, face) {
    let slots = this.#faces.get(face);
    if (!slots) this.#faces.set(face, (slots = new Map()));
    const before = slots.get(name);
    if (before) this.#replaced.get(face).push(before);
    slots.set(name, tensor);
  }

  #forget(face) {
    for (const tensor of this.#replaced.get(face) ?? []) tensor.dispose();
    this.#replaced.set(face, []);
  }

  /** The tensor of a name. Throws where nothing has put one there. */
  slot(name, face = "") {
    const tensor = this.#faces.get(face)?.get(name);
    if (!tensor) throw refusal("model-failed", `nothing has given ${name}`);
    return tensor;
  }

  /** The numbers of a slot, brought to the CPU where they are not there. */
  async read(name, face = "") {
    const tensor = this.slot(name, face);
    return tensor.location === "cpu" ? tensor.data : tensor.getData();
  }

  /** Frees a face's slots, after the run in progress. */
  async drop(face) {
    await this.#running?.catch(() => {});
    this.#forget(face);
    this.#replaced.delete(face);
    for (const tensor of this.#faces.get(face)?.values() ?? []) tensor.dispose();
    this.#faces.delete(face);
  }

  /** Frees every session and slot, after the run in progress. */
  async close() {
    await this.#running?.catch(() => {});
    for (const face of [...this.#faces.keys()]) await this.drop(face);
    for (const session of this.#sessions.values()) await session.release();
    this.#sessions.clear();
    this.dropWeights();
  }
}

/**
 * A picture of a (1, 3, H, W) float tensor in 0..1 as RGBA bytes.
 *
 * @param {Float32Array} planes
 * @param {Uint8ClampedArray} rgba  4 H W bytes; clamping and rounding are its own
 */
export function fillPicture(planes, rgba) {
  const size = planes.length / 3;
  for (let i = 0, j = 0; i < size; i += 1, j += 4) {
    rgba[j] = planes[i] * 255;
    rgba[j + 1] = planes[i + size] * 255;
    rgba[j + 2] = planes[i + 2 * size] * 255;
    rgba[j + 3] = 255;
  }
}
