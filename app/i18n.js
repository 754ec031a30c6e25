// The page's language: chosen, applied to the HTML, switched without a reload. The HTML
// itself carries the English text, so a page reads well before any catalogue is here.

import { fetchJson } from "./boot/fetching.js";

const ROOT = new URL(".", import.meta.url).href;
const STORAGE_KEY = "vp.language";
const LANGUAGES = ["en", "ko"];
const ATTRIBUTES = ["aria-label", "title", "placeholder", "content"];

let current = "en";
let catalogue = {};
let turn = 0; // of the latest choice
const more = new Set(); // folders of catalogues that a part of the page brought
const adding = new Set(); // those of them that may yet turn out not to be there

/** The language in use: "en" or "ko". */
export const language = () => current;

/** The catalogue in use: a flat object from key to text. */
export const strings = () => catalogue;

/** The text of `key` with `{name}` replaced by `values.name`; "" where there is none. */
export function t(key, values = {}) {
  const text = catalogue[key] ?? "";
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** Fills in every `data-i18n*` element of `scope`. Use it on what is cloned from a template. */
export function translate(scope = document) {
  for (const element of scope.querySelectorAll("[data-i18n]")) {
    element.textContent = t(element.dataset.i18n) || element.textContent;
  }
  for (const name of ATTRIBUTES) {
    for (const element of scope.querySelectorAll(`[data-i18n-${name}]`)) {
      const text = t(element.getAttribute(`data-i18n-${name}`));
      if (text) element.setAttribute(name, text);
    }
  }
}

/**
 * Loads and applies a language, unless another was chosen meanwhile; tells the page.
 * @param {string} [added]  a folder that this is about; others that are being added may fail
 */
export async function setLanguage(name, added = "") {
  const mine = ++turn;
  const load = (folder) => {
    const arriving = fetchJson(ROOT, `strings/${folder}${name}.json`);
    return adding.has(folder) && folder !== added ? arriving.catch(() => ({})) : arriving;
  };
  const loaded = await Promise.all(["", ...more].map(load));
  if (mine !== turn) return; // catalogues come in any order, the latest choice counts
  catalogue = Object.assign({}, ...loaded);
  current = name;
  document.documentElement.lang = name;
  for (const link of document.querySelectorAll("link[rel=manifest]")) {
    const address = new URL(`manifest.${name}.webmanifest`, ROOT).href;
    if (link.href !== address) link.href = address; // what the site is called where it is installed
  }
  translate();
  dispatchEvent(new CustomEvent("virtualpersona:language", { detail: { language: name } }));
}

/**
 * Adds the sentences of a part that is loaded later, now and in every language chosen after.
 * @param {string} folder  below strings/, with a slash at its end
 */
export async function addStrings(folder) {
  if (more.has(folder)) return;
  more.add(folder);
  adding.add(folder);
  try {
    await setLanguage(current, folder);
  } catch (error) {
    more.delete(folder);
    throw error;
  } finally {
    adding.delete(folder);
  }
}

/** Sets the page to the person's language and wires `<select id="language">`. */
export async function startLanguage() {
  const select = document.getElementById("language");
  select.addEventListener("change", async () => {
    remember(select.value);
    await setLanguage(select.value).catch((error) => {
      console.error(error);
      select.value = current;
    });
  });
  const wanted = preferredLanguage();
  await setLanguage(wanted);
  select.value = wanted;
}

function preferredLanguage() {
  const kept = remembered();
  if (LANGUAGES.includes(kept)) return kept;
  const known = navigator.languages.map((tag) => tag.toLowerCase().split("-")[0]);
  return known.find((tag) => LANGUAGES.includes(tag)) ?? "en";
}

function remembered() {
  try {
    return localStorage.getItem(STORAGE_KEY);
  } catch {
    return null;
  }
}

function remember(name) {
  try {
    localStorage.setItem(STORAGE_KEY, name);
  } catch {
    // A browser that keeps nothing still switches for this visit.
  }
}
