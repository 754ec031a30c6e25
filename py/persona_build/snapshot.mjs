// Makes a memory snapshot of Pyodide after everything has been imported: `node snapshot.mjs JOB`,
// JOB being JSON:
//
//   pyodide    the folder of the Pyodide that the site ships
//   preloader  app/boot/libraries.mjs
//   importer   snapshot_importer.py
//   archives   wheels that are unpacked beside each other
//   libraries  [{ path, file }]: extension modules, and where Python will look for them
//   target     gets the snapshot: see persona_build/snapshot.py
//   loaded     gets JSON: the names of the modules that are in it

import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";

// Node would show a line of where it was thrown, which is a megabyte of Pyodide's script.
process.on("uncaughtException", (error) => {
  console.error(String(error.message ?? error));
  process.exit(1);
});

const job = JSON.parse(process.argv[2]);
const load = (file) => import(pathToFileURL(file).href);
const inPyodide = (name) => path.join(job.pyodide, name);

const { loadPyodide } = await load(inPyodide("pyodide.mjs"));
const { preloadLibraries } = await load(job.preloader);
// The script of the interpreter wants what `loadPyodide` prepares for it in Node, so it is let run
// there, and its maker is caught where it is left.
let make;
Object.defineProperty(globalThis, "_createPyodideModule", {
  configurable: true,
  get: () => make,
  set: (value) => {
    Object.defineProperty(globalThis, "_createPyodideModule", { value, writable: true });
    preloadLibraries(libraries, (loaded) => {
      module = loaded;
      base = loaded.HEAPU8.slice(0, loaded.___heap_base);
    });
  },
});
const libraries = job.libraries.map(({ path, file }) => ({
  path,
  module: readFile(file).then((bytes) => WebAssembly.compile(bytes)),
}));
let module;
let base; // what of the memory comes with the code
const pyodide = await loadPyodide({
  indexURL: job.pyodide + path.sep,
  _makeSnapshot: true,
  env: {
    HOME: "/home/pyodide",
    PYTHONHASHSEED: "0", // the same bytes in every build
    PYTHONNODEBUGRANGES: "1", // no columns, no docstrings: less to download
    PYTHONOPTIMIZE: "2",
  },
});

const scratch = "/scratch";
pyodide.FS.mkdir(scratch);
pyodide.FS.writeFile(`${scratch}/snapshot_importer.py`, await readFile(job.importer));
pyodide.runPython(`import sys; sys.path.insert(0, "${scratch}")`);
const importer = pyodide.pyimport("snapshot_importer");
for (const archive of job.archives) {
  pyodide.FS.writeFile(`${scratch}/archive.zip`, await readFile(archive));
  importer.unpack(`${scratch}/archive.zip`);
}
const files = importer.import_everything(scratch).toJs();

await writeFile(job.loaded, JSON.stringify(importer.loaded_modules().toJs()));

// What was freed keeps its bytes, which nobody needs and everybody would download.
const end = module._sbrk(0);
const held = [];
for (let size = 1 << 20; size >= 16; size >>= 1) {
  for (;;) {
    const at = module._emscripten_builtin_malloc(size);
    if (at + size > end || module._sbrk(0) > end) {
      module._emscripten_builtin_free(at);
      break;
    }
    module.HEAPU8.fill(0, at, at + size);
    held.push(at);
  }
}
importer.settle(end);
for (const at of held) module._emscripten_builtin_free(at);
importer.destroy();
pyodide.runPython(`
import sys
del sys.modules["snapshot_importer"]
sys.path.remove("${scratch}")
del sys
`);

const memory = pyodide.makeMemorySnapshot();
const offset = new Uint32Array(memory.buffer)[1]; // behind Pyodide's own head
base.forEach((byte, index) => (memory[offset + index] ^= byte));
const encoder = new TextEncoder();
const parts = files.map((file) => pyodide.FS.readFile(file));
const head = encoder.encode(
  JSON.stringify({
    table: module.wasmTable.length,
    base: { offset, bytes: base.length },
    files: files.map((file, index) => [file, parts[index].length]),
  }),
);
await writeFile(job.target, Buffer.concat([Buffer.from(new Uint32Array([head.length]).buffer), head, ...parts, memory]));
process.exit(0);
