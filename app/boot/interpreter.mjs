// The interpreter that PyScript is given: Pyodide, whose memory comes as the build left it, with
// numpy and our own modules imported. Where that fails, Pyodide begins as always.

import { preloadLibraries } from "./libraries.mjs";

const { root, assets, memory } = globalThis.virtualpersona;
const absolute = (path) => new URL(path, root).href;
const pyodide = await import(absolute(assets.pyodide));

export const version = pyodide.version;

export async function loadPyodide(options) {
  const settings = { ...options, indexURL: absolute(assets.pyodide.replace(/[^/]*$/, "")) };
  if (memory.wanted) {
    try {
      return await restore(settings);
    } catch (error) {
      await memory.refuse(error);
    }
  }
  return pyodide.loadPyodide(settings);
}

async function restore(settings) {
  const { binary, script, library } = assets.memory;
  const here = (path) => memory.downloads.arrival(path);
  const compile = async (path) =>
    WebAssembly.compile(await (await memory.downloads.content(path)).arrayBuffer());
  const libraries = assets.memory.libraries.map(({ name, path }) => ({
    path: name,
    module: compile(path),
  }));
  const [parts, compiled] = await Promise.all([
    memory.downloads.content(memory.file.path).then(read),
    compile(binary),
    here(script).then(() => import(absolute(script))),
    ...assets.memory.stages.find(({ name }) => name === "python").files.map(({ path }) => here(path)),
    ...libraries.map(({ module }) => module),
  ]);
  preloadLibraries(libraries, ({ wasmTable, HEAPU8 }) => {
    // Addresses of functions are places in this table.
    if (wasmTable.length !== parts.table) throw new Error("another table of functions");
    addBase(parts, HEAPU8);
  });
  const interpreter = await withCompiled(absolute(binary), compiled, () =>
    pyodide.loadPyodide({
      ...settings,
      stdLibURL: absolute(library),
      _loadSnapshot: parts.memory,
    }),
  );
  for (const [path, content] of parts.files) {
    interpreter.FS.mkdirTree(path.slice(0, path.lastIndexOf("/")));
    interpreter.FS.writeFile(path, content);
  }
  // What differs from visit to visit and from place to place, and where files lie.
  using(interpreter, "random", (random) => random.seed());
  using(interpreter, "importlib", (importlib) => importlib.invalidate_caches());
  return interpreter;
}

/** Runs `load`, which would fetch and compile a file whose compiled module is here already. */
async function withCompiled(address, module, load) {
  const { fetch } = globalThis;
  const { instantiateStreaming } = WebAssembly;
  const replaced = Promise.resolve(new Response());
  globalThis.fetch = (asked, ...rest) =>
    String(asked?.url ?? asked) === address ? replaced : fetch(asked, ...rest);
  WebAssembly.instantiateStreaming = async (source, imports) =>
    source === replaced
      ? { module, instance: await WebAssembly.instantiate(module, imports) }
      : instantiateStreaming.call(WebAssembly, source, imports);
  try {
    return await load();
  } finally {
    globalThis.fetch = fetch;
    WebAssembly.instantiateStreaming = instantiateStreaming;
  }
}

/** What comes with the code, the snapshot does not repeat: it holds what differs from it. */
function addBase({ base, memory: snapshot }, memory) {
  const own = new Uint32Array(memory.buffer, 0, base.bytes / 4);
  const words = new Uint32Array(snapshot.buffer, base.offset, own.length);
  for (let index = 0; index < own.length; index += 1) words[index] ^= own[index];
}

/** The parts of a snapshot: see persona_build/snapshot.py. */
async function read(content) {
  const [first, second] = new Uint8Array(await content.slice(0, 2).arrayBuffer());
  const packed = first === 0x1f && second === 0x8b;
  const plain = packed ? content.stream().pipeThrough(new DecompressionStream("gzip")) : content;
  const bytes = new Uint8Array(await new Response(plain).arrayBuffer());
  const size = new DataView(bytes.buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + size)));
  let at = 4 + size;
  const take = (length) => bytes.subarray(at, (at += length));
  const files = head.files.map(([path, length]) => [path, take(length)]);
  // Both Pyodide and we read it by words, so it begins a buffer of its own.
  return { ...head, files, memory: bytes.slice(at) };
}

/** Uses a Python module without leaving a name or a proxy behind. */
function using(interpreter, name, use) {
  const module = interpreter.pyimport(name);
  try {
    return use(module);
  } finally {
    module.destroy();
  }
}
