// Model files off the page's thread: fetched, checked by SHA-256, kept in the Cache API.
//
// Messages in:  {kind: "load", job, parts, stallMs, delaysMs}   parts: [{url, sha256, bytes}[]]
//               {kind: "cancel", job}
//               {kind: "inventory", job}   which files are kept
//               {kind: "clear", job}       forgets all
// Messages out: {kind: "progress", job, received}   bytes of all files; never falls
//               {kind: "part", job, index, buffer}  files end to end, whole and right
//               {kind: "unkept", job, detail}       the cache took no more: going on from memory
//               {kind: "done", job, value}          value: the kept hashes, for an inventory
//               {kind: "failed", job, code, detail}
//
// A part is what the inference runtime wants in one piece: a graph, or weights whose shards follow
// one another. Every shard is read into its place, so that no weight is in memory twice.
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

async function load({ job, parts, stallMs, delaysMs }, signal) {
  const cache = await openCache();
  const keeper = new Keeper(cache, (detail) => self.postMessage({ kind: "unkept", job, detail }));
  const waiting = parts.flatMap(places);
  const progress = new Progress(waiting, (received) =>
    self.postMessage({ kind: "progress", job, received }),
  );
  let failed = false;
  const work = async () => {
    while (waiting.length > 0 && !failed && !signal.aborted) {
      const place = waiting.shift();
      if (!(await keeper.take(place))) {
        const onBytes = (bytes) => progress.tell(place, bytes);
        await fetchChecked(place, { signal, stallMs, delaysMs, onBytes });
        await keeper.keep(place);
      }
      progress.tell(place, place.file.bytes);
      place.part.missing -= 1;
      if (place.part.missing === 0) {
        const { index, buffer } = place.part;
        self.postMessage({ kind: "part", job, index, buffer }, [buffer]);
      }
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

/** Where each file of a part goes: {file, bytes: its place in the part's buffer, part}. */
function places(files, index) {
  const buffer = new ArrayBuffer(files.reduce((sum, { bytes }) => sum + bytes, 0));
  const part = { index, buffer, missing: files.length };
  let offset = 0;
  return files.map((file) => {
    const bytes = new Uint8Array(buffer, offset, file.bytes);
    offset += file.bytes;
    return { file, bytes, part };
  });
}

/** The bytes of all files together, told when they grow: a second try does not take back. */
class Progress {
  #received;
  #told = 0;
  #onMore;

  constructor(all, onMore) {
    this.#received = new Map(all.map((place) => [place, 0]));
    this.#onMore = onMore;
  }

  tell(place, bytes) {
    this.#received.set(place, bytes);
    const sum = [...this.#received.values()].reduce((total, each) => total + each, 0);
    if (sum > this.#told) this.#onMore((this.#told = sum));
  }
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

  /** Fills a file's place; what was tampered with or cut short is thrown away: false then. */
  async take({ file, bytes }) {
    const key = keyOf(file.sha256);
    const kept = await this.#cache?.match(key).catch(() => undefined);
    if (kept === undefined) return false;
    const buffer = await kept.arrayBuffer().catch(() => undefined);
    if (buffer?.byteLength === file.bytes && (await digest(buffer)) === file.sha256) {
      bytes.set(new Uint8Array(buffer));
      return true;
    }
    await this.#cache.delete(key);
    return false;
  }

  /** Keeps a file; where there is no room for it, says so once and keeps no more. */
  async keep({ file, bytes }) {
    if (this.#full) return;
    await this.#cache
      .put(keyOf(file.sha256), new Response(bytes))
      .catch((error) => this.#giveUp(String(error?.message ?? error)));
  }

  #giveUp(detail) {
    if (!this.#full) this.#onFull(detail);
    this.#full = true;
  }
}

async function digest(data) {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** One file over the network, tried again after each of `delaysMs`. Throws FileError. */
async function fetchChecked(place, { signal, stallMs, delaysMs, onBytes }) {
  for (let tries = 0; ; tries += 1) {
    try {
      return await fetchOnce(place, signal, stallMs, onBytes);
    } catch (error) {
      signal.throwIfAborted();
      if (tries >= delaysMs.length) throw error;
      await pause(delaysMs[tries], signal);
    }
  }
}

async function fetchOnce({ file, bytes }, signal, stallMs, onBytes) {
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
    await readAll(response, file, bytes, (received) => {
      alive();
      onBytes(received);
    });
    const found = await digest(bytes);
    if (found !== file.sha256) throw new FileError("model-damaged", `${file.url}: SHA-256 ${found}`);
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

/** The body into its place, and not beyond: a server that never ends fills no memory. */
async function readAll(response, file, bytes, onBytes) {
  const reader = response.body.getReader();
  let received = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
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
