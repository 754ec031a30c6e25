// How a page starts: isolation, language, downloads with real progress, Python. The page is
// readable all along; its controls wait for `virtualpersona.boot.ready()`, called by Python.

import { DownloadError, StageDownloads, fetchIntoCache, fetchJson } from "./boot/fetching.js";
import * as panel from "./boot/panel.js";
import { startPython } from "./boot/python.js";
import { addStrings, startLanguage, strings, t, translate } from "./i18n.js";
import { ensureIsolation } from "./isolation.js";

const ROOT = new URL(".", import.meta.url).href;
const START_STAGES = ["python", "numpy", "app"];

let state = "starting"; // "starting" | "failed" | "ready"

// Milliseconds from the navigation to: html (this module runs, the page can be read),
// downloaded, python (the interpreter runs), numpy, packages (main.py begins), ready.
const timings = {};
const mark = (name) => {
  timings[name] = performance.now();
  performance.mark(`virtualpersona:${name}`);
};

// Python's memory as the build left it, instead of Python's own start.
const memory = {
  wanted: false,
  file: null,
  downloads: null,
  /** Goes on without it: what the other start needs is fetched now. */
  async refuse(error) {
    console.warn("Starting without the memory snapshot:", error);
    memory.wanted = false;
    await new StageDownloads(ROOT, plainStages(), panel.showDownload).run();
  },
};

const app = {
  root: ROOT,
  memory,
  assets: null,
  config: null,
  timings,
  kept: null, // from `ready` on a promise: settles when the next visit needs no network, if it can be so
  translate,
  addStrings,
  load: (address) => import(address), // Python's way to our JavaScript modules
  get strings() {
    return strings();
  },
  boot: { stage: panel.showStage, ready, fail },
  notice: { show: panel.showNotice, hide: panel.hideNotice },
};
globalThis.virtualpersona = app;

function ready() {
  if (state === "ready") return;
  state = "ready";
  mark("ready");
  panel.showReady();
  app.kept = prepareNextVisit();
}

/** What no start waits for: the face reader, and all that is to be there without network. */
async function prepareNextVisit() {
  const keeper = await import("./boot/offline.js")
    .then(({ openKeeper }) => openKeeper(ROOT))
    .catch((error) => console.info("Nothing is kept for visits without network:", error.message));
  await prefetch(stageFiles("tracker"));
  await keeper?.keep();
}

function fail(code, detail = "", values = {}, retry = () => location.reload()) {
  console.error(`virtualpersona: ${code}`, detail);
  const say = () => t(`error.${code}`, values) || t("error.internal");
  if (state === "ready") panel.showNotice(() => [say()]);
  if (state !== "starting") return; // the first failure is the cause, the rest follow from it
  state = "failed";
  panel.showFailure(say(), `${code}: ${detail}`, () => {
    state = "starting";
    retry();
  });
}

const stageFiles = (name) => app.assets.stages.find((stage) => stage.name === name)?.files ?? [];

/** The modules of ours that this page imports while it starts. */
const pageFiles = () => app.assets.pages[location.href.slice(ROOT.length).split("/")[0]] ?? [];

const withPageFiles = (stages) => [
  ...stages.slice(0, -1),
  { ...stages.at(-1), files: [...stages.at(-1).files, ...pageFiles()] },
];

const plainStages = () =>
  withPageFiles(START_STAGES.map((name) => ({ name, files: stageFiles(name) })));

/** What the memory and its code come in, whose content is used as soon as it is here. */
const memoryStages = () => {
  const { binary, libraries, stages } = app.assets.memory;
  const compiled = new Set([binary, ...libraries.map(({ path }) => path)]);
  const marked = stages.map(({ name, files }) => ({
    name,
    files: files.map((file) => ({ ...file, kept: compiled.has(file.path) })),
  }));
  return withPageFiles([...marked, { name: "app", files: [{ ...memory.file, kept: true }] }]);
};

/** Whether this browser can take Python's memory, and in which form the server sends it well. */
function chooseStart() {
  const given = app.assets.memory;
  memory.wanted = Boolean(given) && "DecompressionStream" in globalThis;
  memory.file = given && (app.compressed ? given.plain : given.packed);
}

/** Fetches what is needed next, one by one, out of the way of everything else. */
async function prefetch(files) {
  if (navigator.connection?.saveData) return;
  for (const file of files) {
    await fetchIntoCache(ROOT, file, undefined, { priority: "low" }).catch((error) =>
      console.info("Not prefetched:", error.message),
    );
  }
}

/** Whoever frames this page could lead the person's clicks: to joining a call, say. Hosts that send
 * our headers never let it come so far. */
function checkWindow() {
  if (window !== window.top) throw new Error("inside another page");
}

function checkBrowser() {
  const missing = ["WebAssembly", "ReadableStream", "AbortController"].filter(
    (name) => !(name in globalThis),
  );
  if (missing.length > 0) throw new Error(missing.join(", "));
}

async function loadSiteData() {
  const compressed = (answer) => {
    app.compressed = answer.headers.has("Content-Encoding");
  };
  [app.assets, app.config] = await Promise.all([
    fetchJson(ROOT, "assets.json", compressed),
    fetchJson(ROOT, "config.json"),
  ]);
}

/** Runs one part of the start; where it fails, the person can try it again from there. */
function attempt(part, codeOf) {
  return new Promise((resolve) => {
    const run = () =>
      part().then(resolve, (error) => {
        const [code, values] = codeOf(error);
        fail(code, error.message, values, run);
      });
    run();
  });
}

function downloadCode(error) {
  if (!(error instanceof DownloadError)) return ["internal", {}];
  const damaged = error.cause instanceof SyntaxError;
  return [damaged ? "bad-site-file" : "download-failed", { file: error.path }];
}

async function start() {
  mark("html");
  panel.guardDisabledControls();
  addEventListener("error", ({ error, message }) => {
    // Without an Error object it is a warning of the platform, such as ResizeObserver's.
    if (error && state === "starting") fail("boot-failed", message);
  });
  addEventListener("unhandledrejection", ({ reason }) => {
    if (state === "starting") fail("boot-failed", String(reason?.message ?? reason));
  });

  const isolation = ensureIsolation(ROOT);
  await attempt(startLanguage, downloadCode);
  app.isolation = await isolation;
  await attempt(async () => checkWindow(), () => ["framed", {}]);
  await attempt(async () => checkBrowser(), () => ["unsupported-browser", {}]);
  await attempt(loadSiteData, downloadCode);

  chooseStart();
  const stages = memory.wanted ? memoryStages() : plainStages();
  const downloads = new StageDownloads(ROOT, stages, panel.showDownload);
  memory.downloads = downloads;
  const arriving = attempt(() => downloads.run(), downloadCode).then(() => mark("downloaded"));
  if (!memory.wanted) await arriving; // a snapshot's parts are waited for one by one
  await Promise.all([arriving, runPython()]);
}

function runPython() {
  const reached = { "start-numpy": "python", "start-app": "numpy" };
  return startPython(ROOT, app.assets, {
    stage: (name) => {
      if (name in reached) mark(reached[name]);
      panel.showStage(name);
    },
    error: (detail) => fail("internal", detail),
    restored: () => memory.wanted,
  }).then(
    () => mark("packages"),
    (error) => fail("boot-failed", error.message),
  );
}

start();
