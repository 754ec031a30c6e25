// Stands where boot.js stands on a page: the same `virtualpersona` for Python, from the same
// modules, but nothing starts by itself. The tests' runner brings Pyodide up in its own way.

import * as panel from "../boot/panel.js";
import { addStrings, language, startLanguage, strings, translate } from "../i18n.js";
import { loadPyodide } from "../pyodide-test/pyodide.mjs";

const root = new URL("..", import.meta.url).href;
const read = async (path) => (await fetch(new URL(path, root))).json();

globalThis.logs = []; // where pytest-pyodide looks for what was said
for (const name of ["debug", "info", "log", "warn", "error"]) {
  const say = console[name].bind(console);
  console[name] = (...words) => {
    logs.push(`${name}: ${words.join(" ")}`);
    say(...words);
  };
}

const failures = [];
const pristine = document.querySelector("main").cloneNode(true);
globalThis.virtualpersona = {
  root,
  assets: await read("assets.json"),
  config: await read("config.json"),
  timings: { html: performance.now() },
  translate,
  addStrings,
  load: (address) => import(address),
  get language() {
    return language();
  },
  get strings() {
    return strings();
  },
  boot: {
    stage: panel.showStage,
    ready: panel.showReady,
    fail: (code, detail) => failures.push({ code, detail }),
  },
  notice: { show: panel.showNotice, hide: panel.hideNotice },
};
globalThis.testbed = {
  failures,
  panel,
  /** Gives the page its content anew, with nobody listening to it. */
  renew() {
    document.querySelector("main").replaceWith(pristine.cloneNode(true));
    panel.showReady();
  },
};

await startLanguage();
panel.showReady();
globalThis.loadPyodide = loadPyodide;
document.documentElement.dataset.testbed = "ready";
