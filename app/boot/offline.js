// Once a page is ready: has the service worker keep what the page has used and what other pages need, so
// that the next visit starts without network; and tells when the site has been renewed since.

import { activated, register } from "../isolation.js";
import { t } from "../i18n.js";
import { showNotice } from "./panel.js";

const BEGIN_MS = 20_000;
const ACTIVATION_MS = 600_000; // nobody waits for it, and browsers part with an older worker after 5 minutes
const LOOK_MS = 3_600_000; // between two looks for a newer version
const LEAST_MS = 600_000; // where the person comes back to the page meanwhile

/**
 * Has the service worker at work, which from now on keeps what the page loads.
 *
 * @param {string} root the site's root, absolute
 * @returns {Promise<{keep: () => Promise<void>} | undefined>} `keep` settles when all is kept that can be
 */
export async function openKeeper(root) {
  if (!isSecureContext || !("serviceWorker" in navigator)) return undefined;
  const isNew = !navigator.serviceWorker.controller;
  const registration = await register(root);
  await registration.update().catch(() => {}); // else one of before is asked, which may know no such words
  const worker = await activated(registration, ACTIVATION_MS);
  await ask(worker, { kind: "begin", isNew }, BEGIN_MS);
  const keep = async () => {
    const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
    const page = new URL(location.pathname, root).href; // without the fragment, which is nobody's business
    const version = await ask(worker, {
      kind: "keep",
      used: [page, ...loaded].filter((name) => name.startsWith(root)),
      withSmall: !navigator.connection?.saveData,
    });
    if (version) watch(root, version);
  };
  return { keep };
}

function ask(worker, message, ms) {
  return new Promise((resolve, reject) => {
    const { port1, port2 } = new MessageChannel();
    if (ms) setTimeout(() => reject(new Error("the service worker does not answer")), ms);
    port1.onmessage = ({ data }) => resolve(data);
    worker.postMessage(message, [port2]);
  });
}

/** Says once that another version is there. It never loads by itself: a call would be cut. */
function watch(root, version) {
  let looked = performance.now() - LEAST_MS;
  const look = async () => {
    if (document.hidden || performance.now() - looked < LEAST_MS) return;
    looked = performance.now();
    const answer = await fetch(new URL("offline.json", root), { cache: "no-cache" }).catch(() => undefined);
    const listing = answer?.ok ? await answer.json().catch(() => undefined) : undefined;
    if (!listing?.version || listing.version === version) return;
    removeEventListener("visibilitychange", look);
    clearInterval(timer);
    showNotice(() => [t("update.there"), t("update.load")], () => location.reload());
  };
  const timer = setInterval(look, LOOK_MS);
  addEventListener("visibilitychange", look);
}
