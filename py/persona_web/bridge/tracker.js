// The page's side of tracking: feeds a worker (of face or hands), keeps only its newest result.

/**
 * @param {string} workerUrl  tracker.worker.js or hands.worker.js
 * @param {{bundle: string, wasm: string, model: string}} files  absolute addresses, and whatever
 *   else the worker wants to know when it loads
 * @param {(kind: string, detail: string) => void} on  "ready", "failed", "ended"
 * @param {boolean} [stills]  whether the worker asks for single frames at its own pace, also
 *   where it could be given the whole stream
 */
export function createTracker(workerUrl, files, on, stills = false) {
  const worker = new Worker(workerUrl, { type: "module" });
  const toPageClock = -performance.timeOrigin;
  let newest; // undefined is Python's None, null is not
  let stopFeeding = () => {};
  let grab = () => {};
  let turn = 0; // counts starts, so that what belongs to an earlier one is told apart

  worker.onmessage = ({ data }) => {
    if (data.kind === "result") {
      data.values[1] += toPageClock;
      data.values[2] += toPageClock;
      newest = data.values;
    } else if (data.kind === "want") grab(data.turn);
    else on(data.kind, data.detail ?? "");
  };
  worker.onerror = (event) => on("failed", event.message || "the tracking worker could not start");
  worker.postMessage({ kind: "load", ...files });

  function feedByStream(track) {
    // The stream itself could be the worker's, but a frame under way to it when it ends is then
    // nobody's to close, and the camera waits for its return.
    const mine = ++turn;
    const frames = new MediaStreamTrackProcessor({ track, maxBufferSize: 1 }).readable.getReader();
    grab = async (wanting) => {
      if (wanting !== mine) return;
      const { value: frame, done } = await frames.read().catch(() => ({ done: true }));
      const captured = performance.timeOrigin + performance.now();
      if (mine !== turn) frame?.close();
      else if (done) on("ended", "");
      else worker.postMessage({ kind: "frame", frame, captured, turn }, [frame]);
    };
    worker.postMessage({ kind: "follow", turn });
    return () => {
      turn += 1;
      frames.cancel().catch(() => {}); // a stream that is already broken needs no cancelling
      worker.postMessage({ kind: "stop" });
    };
  }

  function feedByElement(track) {
    // Firefox and Safari have no MediaStreamTrackProcessor on the page: grab stills on demand.
    const video = document.createElement("video");
    video.muted = true;
    video.playsInline = true;
    video.srcObject = new MediaStream([track]);
    video.play().catch(() => {}); // rejects when stopped at once; then no frame is wanted
    let shown = -1;
    grab = async () => {
      if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || video.currentTime === shown) return;
      shown = video.currentTime;
      const captured = performance.timeOrigin + performance.now();
      const bitmap = await createImageBitmap(video).catch(() => null); // no still: a frame lost
      if (bitmap) worker.postMessage({ kind: "bitmap", bitmap, captured }, [bitmap]);
    };
    worker.postMessage({ kind: "pull" });
    return () => {
      grab = () => {};
      worker.postMessage({ kind: "stop" });
      video.srcObject = null;
    };
  }

  return {
    /** Follows a video track until stop() or the next start(). */
    start(track) {
      stopFeeding();
      newest = undefined;
      const streams = !stills && "MediaStreamTrackProcessor" in globalThis;
      stopFeeding = streams ? feedByStream(track) : feedByElement(track);
    },
    /** Reads no more frames a second than `rate`, on average. */
    limit(rate) {
      worker.postMessage({ kind: "pace", interval: 1000 / rate });
    },
    /** Whether `values` end with the landmarks (the face's worker only). */
    readLandmarks(wanted) {
      worker.postMessage({ kind: "landmarks", wanted });
    },
    stop() {
      stopFeeding();
      stopFeeding = () => {};
      newest = undefined;
    },
    /** The newest result not yet taken, else undefined. Never a queue: older ones are gone. */
    take() {
      const values = newest;
      newest = undefined;
      return values;
    },
    close() {
      this.stop();
      worker.onmessage = null;
      worker.onerror = null;
      worker.terminate();
    },
  };
}
