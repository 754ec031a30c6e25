// Cross-origin isolation (SharedArrayBuffer, precise clocks) where the host sends no headers:
// a service worker adds them, which takes effect with one reload. Never more than one: a mark
// in sessionStorage is set before it and removed only by a page that is isolated.

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

function activated(registration) {
  const worker = registration.installing ?? registration.waiting ?? registration.active;
  return new Promise((resolve, reject) => {
    const look = () => {
      if (worker.state === "activated") resolve();
      if (worker.state === "redundant") reject(new Error("the service worker was discarded"));
    };
    worker.addEventListener("statechange", look);
    setTimeout(() => reject(new Error("the service worker did not start")), ACTIVATION_MS);
    look();
  });
}

/**
 * Isolates this page if it can be done. Where a reload does it, the promise never settles and
 * the page goes away; in every other case the app works on, isolated or not.
 *
 * @param {string} root the site's root, absolute; the service worker's scope
 * @returns {Promise<"isolated" | "unavailable">}
 */
export async function ensureIsolation(root) {
  if (globalThis.crossOriginIsolated) {
    mark("remove");
    return "isolated";
  }
  const possible = isSecureContext && "serviceWorker" in navigator && window === window.top;
  if (!possible || mark("read")) return "unavailable";
  try {
    const registration = await navigator.serviceWorker.register(new URL("sw.js", root), {
      scope: root,
      updateViaCache: "none",
    });
    await activated(registration);
  } catch (error) {
    console.info("Going on without cross-origin isolation:", error.message);
    return "unavailable";
  }
  if (!mark("set")) return "unavailable";
  location.reload(); // keeps the address with its fragment, where a room link carries its key
  return new Promise(() => {});
}
