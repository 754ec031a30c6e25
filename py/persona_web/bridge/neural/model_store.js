// The page's side of the model store: one worker, jobs that are promises. Buffers stay in
// JavaScript: Python passes them on to the inference session without looking inside.

const STALL_MS = 20_000;
const DELAYS_MS = [400, 1500, 4000];

/**
 * @param {string} workerUrl  model_store.worker.js
 */
export function createModelStore(workerUrl) {
  const worker = new Worker(workerUrl, { type: "module" });
  const jobs = new Map(); // number -> {resolve, reject, hear}
  let newest = 0;

  worker.onmessage = ({ data }) => {
    const { kind, job } = data;
    const waiting = jobs.get(job);
    if (waiting === undefined) return;
    if (kind === "done" || kind === "failed") {
      jobs.delete(job);
      if (kind === "done") waiting.resolve(data.value);
      else waiting.reject(refusal(data.code, data.detail));
    } else waiting.hear(data);
  };
  worker.onerror = (event) => {
    for (const { reject } of jobs.values()) reject(refusal("model-failed", event.message));
    jobs.clear();
  };

  /** An error whose name is the code of a sentence, as Python reads it. */
  function refusal(code, detail) {
    const error = new Error(detail || "the model store's worker failed");
    error.name = code;
    return error;
  }

  function start(message, hear = () => {}) {
    const job = (newest += 1);
    const done = new Promise((resolve, reject) => jobs.set(job, { resolve, reject, hear }));
    worker.postMessage({ ...message, job });
    return { job, done };
  }

  return {
    /**
     * Begins to bring files here.
     *
     * @param {{url: string, sha256: string, bytes: number}[][]} parts  files that go end to end
     * @param {(kind: string, value: number | string) => void} on
     *   "progress" with the bytes so far, "unkept" with the reason
     * @param {{stallMs?: number, delaysMs?: number[]}} [patience]
     * @returns {{cancel: () => void, done: Promise<ArrayBuffer[]>}} one buffer a part, in order
     */
    load(parts, on, { stallMs = STALL_MS, delaysMs = DELAYS_MS } = {}) {
      const buffers = new Array(parts.length);
      const { job, done } = start({ kind: "load", parts, stallMs, delaysMs }, (data) => {
        if (data.kind === "part") buffers[data.index] = data.buffer;
        else if (data.kind === "progress") on("progress", data.received);
        else on("unkept", data.detail);
      });
      return {
        cancel: () => worker.postMessage({ kind: "cancel", job }),
        done: done.then(() => buffers),
      };
    },

    /** The SHA-256 of every file that is kept. */
    inventory: () => start({ kind: "inventory" }).done,

    /** Forgets every kept file. */
    clear: () => start({ kind: "clear" }).done,

    close() {
      worker.onmessage = null;
      worker.onerror = null;
      worker.terminate();
      for (const { reject } of jobs.values()) reject(refusal("model-cancelled", "closed"));
      jobs.clear();
    },
  };
}
