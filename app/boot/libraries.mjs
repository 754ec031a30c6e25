// Extension modules that lie in memory before Python begins, at the same places in every start. A
// memory snapshot holds addresses into them, so whoever makes one and whoever restores it load
// them by this file. Node imports it, too.

/**
 * Has the next interpreter that Pyodide makes load these first. Pyodide's own script must have
 * run: it leaves the maker of interpreters in a global, which stands as it was after one use.
 *
 * @param {{path: string, module: Promise<WebAssembly.Module>}[]} libraries `path` is where Python
 *   will look for it
 * @param {(module: object) => void} ready gets Emscripten's module, its libraries loaded
 */
export function preloadLibraries(libraries, ready) {
  const create = globalThis._createPyodideModule;
  globalThis._createPyodideModule = (settings) => {
    globalThis._createPyodideModule = create;
    const failed = new Promise((resolve, reject) => {
      settings.preRun.push((module) => {
        module.addRunDependency("libraries");
        load(module, libraries)
          .then(() => {
            ready(module);
            module.removeRunDependency("libraries");
          })
          .catch(reject); // also of what `ready` finds wrong, as in engines that number functions otherwise
      });
    });
    return Promise.race([create(settings), failed]);
  };
}

async function load(module, libraries) {
  const flags = { loadAsync: true, nodelete: true, allowUndefined: true };
  for (const { path, module: compiled } of libraries) {
    const exports = await module.loadWebAssemblyModule(await compiled, flags, path, {});
    module.preloadedWasm[path] = exports; // what `dlopen` looks at first
  }
}
