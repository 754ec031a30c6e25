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

const app = {
  root: ROOT,
  assets: null,
  config: null,
  timings,
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
  prefetch(stageFiles("tracker"));
}

function fail(code, detail = "", values = {}, retry = () => location.reload()) {
  console.error(`virtualpersona: ${code}`, detail);
  const text = t(`error.${code}`, values) || t("error.internal");
  if (state === "ready") panel.showNotice(text);
  if (state !== "starting") return; // the first failure is the cause, the rest follow from it
  state = "failed";
  panel.showFailure(text, `${code}: ${detail}`, () => {
    state = "starting";
    retry();
  });
}

const stageFiles = (name) => app.assets.stages.find((stage) => stage.name === name)?.files ?? [];

/** The modules of ours that this page imports while it starts. */
const pageFiles = () => app.assets.pages[location.href.slice(ROOT.length).split("/")[0]] ?? [];

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
  [app.assets, app.config] = await Promise.all([
    fetchJson(ROOT, "assets.json"),
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

  const stages = START_STAGES.map((name) => ({ name, files: stageFiles(name) }));
  stages.at(-1).files = [...stages.at(-1).files, ...pageFiles()];
  const downloads = new StageDownloads(ROOT, stages, panel.showDownload);
  await attempt(() => downloads.run(), downloadCode);
  mark("downloaded");

  const reached = { "start-numpy": "python", "start-app": "numpy" };
  await startPython(ROOT, app.assets, {
    stage: (name) => {
      if (name in reached) mark(reached[name]);
      panel.showStage(name);
    },
    error: (detail) => fail("internal", detail),
  }).then(
    () => mark("packages"),
    (error) => fail("boot-failed", error.message),
  );
}

start();
