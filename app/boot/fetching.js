// Fetching files of this site so that a bad connection ends in a clear answer: every try is
// watched for stalls, retried with back-off, and checked against the size the build recorded.

const RETRY_DELAYS_MS = [400, 1500, 4000];
const STALL_MS = 20_000;
const PARALLEL = 4;

/** A file of this site that could not be had. `path` is relative to the site's root. */
export class DownloadError extends Error {
  constructor(path, cause) {
    super(`${path}: ${cause?.message ?? cause}`, { cause });
    this.name = "DownloadError";
    this.path = path;
  }
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs `attempt(triesBefore)` until it resolves or the retries are used up. */
async function withRetries(path, attempt) {
  for (let tries = 0; ; tries += 1) {
    try {
      return await attempt(tries);
    } catch (error) {
      if (tries >= RETRY_DELAYS_MS.length) throw new DownloadError(path, error);
      await pause(RETRY_DELAYS_MS[tries]);
    }
  }
}

/** Runs `use(response, alive)`, and breaks it off when `alive()` was not called for too long. */
async function fetchWatched(url, options, use) {
  const abort = new AbortController();
  let stalled = 0;
  const alive = () => {
    clearTimeout(stalled);
    stalled = setTimeout(() => abort.abort(new Error("no data for 20 seconds")), STALL_MS);
  };
  alive();
  try {
    const response = await fetch(url, { ...options, signal: abort.signal });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return await use(response, alive);
  } finally {
    clearTimeout(stalled);
  }
}

/** Calls `onBytes` for every chunk read; resolves with the number of bytes when complete.
 *
 * @param {Uint8Array[]} [chunks] gets them
 */
function readThrough(url, options, onBytes, chunks) {
  return fetchWatched(url, options, async (response, alive) => {
    const reader = response.body.getReader();
    let received = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return received;
      alive();
      received += value.byteLength;
      chunks?.push(value);
      onBytes(received);
    }
  });
}

/**
 * A JSON file of this site, always revalidated with the server. Throws DownloadError.
 *
 * @param {(response: Response) => void} look sees the answer before it is read
 */
export function fetchJson(root, path, look = () => {}) {
  return withRetries(path, () =>
    fetchWatched(new URL(path, root), { cache: "no-cache" }, (response) => {
      look(response);
      return response.json();
    }),
  );
}

/**
 * Brings one file into the HTTP cache.
 *
 * The first try revalidates what the cache holds, because vendored paths carry no version. A
 * wrong size means a stale copy or an error page sent as 200: later tries go past the cache. A
 * packed file may come `unpacked`, from servers that read its name as an encoding. A file with an
 * array of `chunks` has its content there, too: caches keep nothing that is large for them.
 */
export function fetchIntoCache(root, file, onBytes = () => {}, options = {}) {
  return withRetries(file.path, async (tries) => {
    const cache = tries === 0 ? "no-cache" : "reload";
    if (file.chunks) file.chunks.length = 0;
    const url = new URL(file.path, root);
    const size = await readThrough(url, { ...options, cache }, onBytes, file.chunks);
    if (size !== file.bytes && size !== file.unpacked) throw new Error(`${size} bytes came, ${file.bytes} expected`);
  });
}

/** Downloads stages of files in order, a few at a time, and remembers what is already here. */
export class StageDownloads {
  /**
   * @param {string} root the site's root, absolute
   * @param {{name: string, files: {path: string, bytes: number, kept: boolean}[]}[]} stages
   * @param {(progress: {stage: string, received: number, total: number}) => void} onProgress
   *   `received` never falls and ends at `total`
   */
  constructor(root, stages, onProgress) {
    this.root = root;
    this.files = stages.flatMap(({ name, files }) =>
      files.map((file) => ({
        ...file,
        stage: name,
        received: 0,
        done: false,
        waiting: [],
        chunks: file.kept ? [] : undefined,
      })),
    );
    this.total = this.files.reduce((sum, file) => sum + file.bytes, 0);
    this.onProgress = onProgress;
    this.shown = 0;
  }

  /** Resolves when every file is here. After a DownloadError, call it again to resume. */
  async run() {
    const queue = this.files.filter((file) => !file.done);
    let failure = null;
    const work = async () => {
      while (queue.length > 0 && failure === null) {
        await this.#fetchOne(queue.shift()).catch((error) => (failure ??= error));
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, work));
    if (failure !== null) throw failure;
  }

  /** Resolves when this file is here. */
  async arrival(path) {
    const file = this.files.find((each) => each.path === path);
    if (!file) throw new DownloadError(path, "not a part of this start");
    if (!file.done) await new Promise((resolve) => file.waiting.push(resolve));
  }

  /** The content of a file that is `kept`, once it is here; it is given away. */
  async content(path) {
    await this.arrival(path);
    const file = this.files.find((each) => each.path === path);
    const blob = new Blob(file.chunks);
    file.chunks = undefined;
    return blob;
  }

  async #fetchOne(file) {
    await fetchIntoCache(this.root, file, (received) => {
      file.received = Math.min(received, file.bytes);
      this.#report();
    });
    file.received = file.bytes;
    file.done = true;
    for (const resolve of file.waiting) resolve();
    this.#report();
  }

  #report() {
    const received = this.files.reduce((sum, file) => sum + file.received, 0);
    this.shown = Math.max(this.shown, received);
    const current = this.files.find((file) => !file.done) ?? this.files.at(-1);
    this.onProgress({ stage: current.stage, received: this.shown, total: this.total });
  }
}
