// Calls back once a displayed frame; in hidden tabs, where there are none, on a worker's timer.

const HIDDEN_INTERVAL_MS = 66;

/**
 * @param {string} workerUrl  ticker.worker.js
 * @param {(now: number, visible: boolean) => void} tick  `now` is performance.now()
 */
export function createTicker(workerUrl, tick) {
  const worker = new Worker(workerUrl, { type: "module" });
  let request = 0;
  worker.onmessage = () => tick(performance.now(), false);

  function frame() {
    request = requestAnimationFrame(frame);
    tick(performance.now(), true);
  }

  function follow() {
    cancelAnimationFrame(request);
    worker.postMessage({ interval: document.hidden ? HIDDEN_INTERVAL_MS : 0 });
    if (!document.hidden) request = requestAnimationFrame(frame);
  }

  document.addEventListener("visibilitychange", follow);
  follow();
  return {
    close() {
      document.removeEventListener("visibilitychange", follow);
      cancelAnimationFrame(request);
      worker.onmessage = null;
      worker.terminate();
    },
  };
}
