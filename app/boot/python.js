// Starting Python with PyScript, with every step and every failure in our own hands.

import { forgetPackages } from "./forgetful.js";

const PLUGINS = [
  "codemirror",
  "deprecations-manager",
  "donkey",
  "error",
  "py-editor",
  "py-game",
  "py-terminal",
];

/**
 * Loads PyScript, Pyodide, numpy and our wheel, then lets PyScript run `main.py` beside the
 * page. Resolves with the interpreter when it is ready to run that.
 *
 * Packages are loaded here and not through PyScript's `packages`, because that way goes
 * through micropip (one more wheel, several requests more) and tells nothing on its way.
 *
 * @param {string} root the site's root, absolute
 * @param {{pyscript: string, wheel: string}} assets
 * @param {{stage: (name: string) => void, error: (detail: string) => void,
 *   restored: () => boolean}} report `restored` tells whether numpy and our wheel came with the
 *   interpreter's memory
 */
export async function startPython(root, assets, report) {
  const absolute = (path) => new URL(path, root).href;
  const plugins = PLUGINS.map((name) => `!${name}`);
  const script = document.createElement("script");
  script.type = "py";
  script.src = "./main.py";
  script.setAttribute(
    "config",
    JSON.stringify({ interpreter: absolute("boot/interpreter.mjs"), plugins }),
  );
  // PyScript prepares for MicroPython too and would load every plugin for it.
  const micropython = document.createElement("mpy-config");
  micropython.hidden = true;
  micropython.textContent = JSON.stringify({ plugins });
  document.body.append(micropython, script); // before the import, which reads them

  report.stage("start-python");
  forgetPackages();
  const { hooks } = await import(absolute(assets.pyscript));
  // What PyScript would do in workers of its own, which these pages have none of, it hands over as
  // text and evaluates: our Content-Security-Policy forbids that to everybody.
  for (const tasks of Object.values(hooks.worker)) tasks.clear();
  return new Promise((resolve, reject) => {
    hooks.main.onReady.add(async (wrap) => {
      try {
        reportErrors(wrap.io, report.error);
        report.stage("start-numpy");
        if (!report.restored()) await loadPackage(wrap.interpreter, "numpy");
        report.stage("start-app");
        if (!report.restored()) await loadPackage(wrap.interpreter, absolute(assets.wheel));
        resolve(wrap.interpreter);
      } catch (error) {
        reject(error);
        throw error; // keeps PyScript from running main.py
      }
    });
  });
}

/** Pyodide reports a package that failed to its callback and resolves all the same. */
async function loadPackage(interpreter, name) {
  const problems = [];
  await interpreter.loadPackage(name, {
    messageCallback: () => {},
    errorCallback: (text) => problems.push(text),
  });
  if (problems.length > 0) throw new Error(problems.join("\n"));
}

/** PyScript hands an exception that main.py let out to `io.stderr`, among printed lines. */
function reportErrors(io, onError) {
  const { stderr } = io;
  io.stderr = (first, ...rest) => {
    if (first instanceof Error) onError(first.message);
    return stderr(first, ...rest);
  };
}
