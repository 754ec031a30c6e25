// Calls back once a displayed frame, or less often; in hidden tabs, where there are none, on a
// worker's timer. Tells when the person last touched the page, which ends a long pause at once.

const HIDDEN_INTERVAL_MS = 66;
const HALF_FRAME_MS = 8; // of a display of 60 Hz
const LONG_PAUSE_MS = 100; // which a touch ends
const TOUCHES = ["pointerdown", "pointermove", "keydown", "wheel", "focusin"];

/**
 * @param {string} workerUrl  ticker.worker.js
 * @param {(now: number, visible: boolean) => void} tick  `now` is performance.now()
 * @param {number} [interval]  ms from one call to the next, at least; 0: every frame
 */
export function createTicker(workerUrl, tick, interval = 0) {
  const worker = new Worker(workerUrl, { type: "module" });
  let request = 0;
  let pause = 0;
  let touched = performance.now();
  worker.onmessage = () => tick(performance.now(), false);

  const next = () => (request = requestAnimationFrame(frame));

  function frame() {
    // Not a frame asked for and left unused: the browser lays the page out for each.
    if (interval > 0) pause = setTimeout(next, interval - HALF_FRAME_MS);
    else next();
    tick(performance.now(), true);
  }

  function rest() {
    cancelAnimationFrame(request);
    clearTimeout(pause);
  }

  function follow() {
    rest();
    worker.postMessage({ interval: document.hidden ? HIDDEN_INTERVAL_MS : 0 });
    if (!document.hidden) next();
  }

  function touch() {
    touched = performance.now();
    if (interval < LONG_PAUSE_MS || document.hidden) return;
    rest();
    next();
  }

  document.addEventListener("visibilitychange", follow);
  TOUCHES.forEach((type) => addEventListener(type, touch, { capture: true, passive: true }));
  follow();
  return {
    /** When the person last touched the page, by performance.now(). */
    get touched() {
      return touched;
    },
    /** From one call to the next, at least, from the next call on. */
    limit(ms) {
      interval = ms;
    },
    close() {
      TOUCHES.forEach((type) => removeEventListener(type, touch, { capture: true }));
      document.removeEventListener("visibilitychange", follow);
      rest();
      worker.onmessage = null;
      worker.terminate();
    },
  };
}
