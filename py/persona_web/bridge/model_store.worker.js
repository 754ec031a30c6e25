// Model files off the page's thread: fetched, checked by SHA-256, kept in the Cache API.
//
// Messages in:  {kind: "load", job, files, stallMs, delaysMs}   files: [{url, sha256, bytes}]
//               {kind: "cancel", job}
//               {kind: "inventory", job}   which files are kept
//               {kind: "clear", job}       forgets all
// Messages out: {kind: "progress", job, received}   bytes of all files; never falls
//               {kind: "file", job, index, buffer}  one file, whole and right
//               {kind: "unkept", job, detail}       the cache took no more: going on from memory
//               {kind: "done", job, value}          value: the kept hashes, for an inventory
//               {kind: "failed", job, code, detail}
//
// A file is kept under its hash, so that models share files and no version can be mistaken for
// another. What comes out of the cache is checked like what comes over the network: the disk is
// not ours alone.

const CACHE = "virtualpersona-models";
const PARALLEL = 4;

/** Why a file could not be had; `code` names the sentence that the person reads. */
class FileError extends Error {
  constructor(code, detail) {
    super(detail);
    this.code = code;
  }
}

const jobs = new Map(); // job -> AbortController

self.onmessage = async ({ data }) => {
  const { kind, job } = data;
  if (kind === "cancel") {
    jobs.get(job)?.abort(new FileError("model-cancelled", "cancelled"));
    return;
  }
  const abort = new AbortController();
  jobs.set(job, abort);
  try {
    const value = await HANDLERS[kind](data, abort.signal);
    self.postMessage({ kind: "done", job, value });
  } catch (error) {
    const { code, message } = abort.signal.aborted ? abort.signal.reason : error;
    abort.abort(error); // one file's failure ends the fetching of the others
    self.postMessage({ kind: "failed", job, code: code ?? "model-failed", detail: String(message) });
  } finally {
    jobs.delete(job);
  }
};

const HANDLERS = { load, inventory, clear };

async function load({ job, files, stallMs, delaysMs }, signal) {
  const cache = await openCache();
  const received = files.map(() => 0);
  let told = 0;
  const tell = (index, bytes) => {
    received[index] = Math.min(bytes, files[index].bytes);
    const sum = received.reduce((total, each) => total + each, 0);
    if (sum > told) self.postMessage({ kind: "progress", job, received: (told = sum) });
  };
  const keeper = new Keeper(cache, (detail) => self.postMessage({ kind: "unkept", job, detail }));
  const waiting = files.map((file, index) => ({ file, index }));
  let failed = false;
  const work = async () => {
    while (waiting.length > 0 && !failed && !signal.aborted) {
      const { file, index } = waiting.shift();
      let buffer = await keeper.take(file);
      if (buffer === undefined) {
        const onBytes = (bytes) => tell(index, bytes);
        buffer = await fetchChecked(file, { signal, stallMs, delaysMs, onBytes });
        await keeper.keep(file, buffer);
      }
      tell(index, file.bytes);
      self.postMessage({ kind: "file", job, index, buffer }, [buffer]);
    }
  };
  const lanes = Array.from({ length: PARALLEL }, () =>
    work().catch((error) => {
      failed = true;
      throw error;
    }),
  );
  await Promise.all(lanes);
  signal.throwIfAborted();
}

async function inventory() {
  const cache = await openCache();
  const requests = (await cache?.keys()) ?? [];
  return requests.map((request) => hashOf(request.url));
}

async function clear() {
  await globalThis.caches?.delete(CACHE);
}

/** The cache, or undefined where the browser gives none (private windows of some). */
async function openCache() {
  return globalThis.caches?.open(CACHE).catch(() => undefined);
}

const keyOf = (sha256) => new URL(`sha256/${sha256}`, self.location.origin).href;
const hashOf = (url) => url.slice(url.lastIndexOf("/") + 1);

/** Puts files into the cache and takes them out, checked both ways. */
class Keeper {
  #cache;
  #onFull;
  #full = false;

  constructor(cache, onFull) {
    this.#cache = cache;
    this.#onFull = onFull;
    if (cache === undefined) this.#giveUp("there is no cache");
  }

  /** The file's bytes, or undefined; what was tampered with or cut short is thrown away. */
  async take({ sha256, bytes }) {
    const key = keyOf(sha256);
    const kept = await this.#cache?.match(key).catch(() => undefined);
    if (kept === undefined) return undefined;
    const buffer = await kept.arrayBuffer().catch(() => undefined);
    if (buffer?.byteLength === bytes && (await digest(buffer)) === sha256) return buffer;
    await this.#cache.delete(key);
    return undefined;
  }

  /** Keeps a file; where there is no room for it, says so once and keeps no more. */
  async keep({ sha256 }, buffer) {
    if (this.#full) return;
    await this.#cache
      .put(keyOf(sha256), new Response(buffer))
      .catch((error) => this.#giveUp(String(error?.message ?? error)));
  }

  #giveUp(detail) {
    if (!this.#full) this.#onFull(detail);
    this.#full = true;
  }
}

async function digest(buffer) {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", buffer));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** One file over the network, tried again after each of `delaysMs`. Throws FileError. */
async function fetchChecked(file, { signal, stallMs, delaysMs, onBytes }) {
  for (let tries = 0; ; tries += 1) {
    try {
      return await fetchOnce(file, signal, stallMs, onBytes);
    } catch (error) {
      signal.throwIfAborted();
      if (tries >= delaysMs.length) throw error;
      await pause(delaysMs[tries], signal);
    }
  }
}

async function fetchOnce(file, signal, stallMs, onBytes) {
  const abort = new AbortController();
  const follow = () => abort.abort(signal.reason);
  signal.addEventListener("abort", follow);
  let stalled = 0;
  const alive = () => {
    clearTimeout(stalled);
    stalled = setTimeout(() => abort.abort(), stallMs);
  };
  alive();
  try {
    // Past the HTTP cache: it may hold what was wrong, and would hold every file a second time.
    const response = await fetch(file.url, { cache: "no-store", signal: abort.signal });
    if (response.status !== 200) throw new FileError("model-download", `HTTP ${response.status}`);
    const buffer = await readAll(response, file, alive, onBytes);
    const found = await digest(buffer);
    if (found !== file.sha256) throw new FileError("model-damaged", `${file.url}: SHA-256 ${found}`);
    return buffer;
  } catch (error) {
    signal.throwIfAborted();
    if (abort.signal.aborted) throw new FileError("model-stalled", `${file.url}: no data came`);
    if (error instanceof FileError) throw error;
    throw new FileError("model-download", `${file.url}: ${error?.message ?? error}`);
  } finally {
    clearTimeout(stalled);
    signal.removeEventListener("abort", follow);
  }
}

/** The body, at most as long as the manifest says: a server that never ends fills no memory. */
async function readAll(response, file, alive, onBytes) {
  const bytes = new Uint8Array(file.bytes);
  const reader = response.body.getReader();
  let received = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    alive();
    if (received + value.byteLength > file.bytes) {
      await reader.cancel().catch(() => {});
      throw new FileError("model-damaged", `${file.url}: longer than ${file.bytes} bytes`);
    }
    bytes.set(value, received);
    received += value.byteLength;
    onBytes(received);
  }
  if (received < file.bytes) {
    throw new FileError("model-damaged", `${file.url}: ${received} of ${file.bytes} bytes`);
  }
  return bytes.buffer;
}

function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
