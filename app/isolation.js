// Cross-origin isolation (SharedArrayBuffer, precise clocks) and a security policy that binds
// workers, too, where the host does not send these headers: a service worker adds them, which
// takes effect with one reload. Never more than one: a mark in sessionStorage is set before it and
// removed only by a page that has them.

const MARK = "vp.isolation-tried";
const ACTIVATION_MS = 5000;

function mark(action) {
  try {
    if (action === "read") return sessionStorage.getItem(MARK) !== null;
    if (action === "set") sessionStorage.setItem(MARK, "1");
    if (action === "remove") sessionStorage.removeItem(MARK);
    return true;
  } catch {
    return action === "read"; // storage refused: count it as tried, so that nothing reloads
  }
}

/**
 * Resolves with the service worker once it is at work. An older one is let finish what it is
 * answering before, however long that takes.
 */
export function activated(registration, ms = ACTIVATION_MS) {
  const worker = registration.installing ?? registration.waiting ?? registration.active;
  return new Promise((resolve, reject) => {
    const look = () => {
      if (worker.state === "activated") resolve(worker);
      if (worker.state === "redundant") reject(new Error("the service worker was discarded"));
    };
    worker.addEventListener("statechange", look);
    setTimeout(() => reject(new Error("the service worker did not start")), ms);
    look();
  });
}

/** Installs the site's service worker, or a newer one. */
export const register = (root) =>
  navigator.serviceWorker.register(new URL("sw.js", root), { scope: root, updateViaCache: "none" });

/** Whether scripts of this site come with a security policy; taken for granted when in doubt. */
async function sendsPolicy(root) {
  if (navigator.serviceWorker?.controller) return true; // it adds what the host does not send
  try {
    const answer = await fetch(new URL("sw.js", root), { cache: "no-cache" });
    return answer.headers.has("Content-Security-Policy");
  } catch {
    return true;
  }
}

/**
 * Isolates this page if it can be done. Where a reload does it, the promise never settles and
 * the page goes away; in every other case the app works on, isolated or not.
 *
 * @param {string} root the site's root, absolute; the service worker's scope
 * @returns {Promise<"isolated" | "unavailable">}
 */
export async function ensureIsolation(root) {
  const now = globalThis.crossOriginIsolated ? "isolated" : "unavailable";
  if (now === "isolated" && (await sendsPolicy(root))) {
    mark("remove");
    return now;
  }
  const possible = isSecureContext && "serviceWorker" in navigator && window === window.top;
  if (!possible || mark("read")) return now;
  try {
    await activated(await register(root));
  } catch (error) {
    console.info("Going on without the headers of a service worker:", error.message);
    return now;
  }
  if (!mark("set")) return now;
  location.reload(); // keeps the address with its fragment, where a room link carries its key
  return new Promise(() => {});
}
