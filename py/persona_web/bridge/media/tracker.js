// The page's side of tracking: feeds a worker (of face or hands), keeps only its newest result, and
// takes another worker when one no longer answers.

import { createSilence } from "./silence.js";

// So long may a worker be silent that was given a frame, if it is not slower than that by nature;
// its first frame also pays for what is made then.
const PATIENCE_MS = 3_000;
const FIRST_PATIENCE_MS = 10_000;
const TIMES_SLOWER = 4;
// A slow network may need longer; the person is told, and the worker goes on loading.
const SLOW_LOAD_MS = 30_000;
// So often in a row another worker is tried; one that gave so many results was good.
const MAX_RESTARTS = 3;
const GOOD_RESULTS = 90;
const FAILURES = ["failed", "no-webgl"]; // which a graphics card may be the cause of

/**
 * @param {string} workerUrl  tracker.worker.js or hands.worker.js
 * @param {{bundle: string, wasm: string, model: string}} files  absolute addresses, and whatever
 *   else the worker wants to know when it loads; one that fails by another `delegate` than "CPU" is
 *   followed by one on the CPU
 * @param {(kind: string, detail: string) => void} on  "ready", "failed", "no-webgl", "scrambled",
 *   "ended"; "slow": it has been loading for long; "stuck": it hung or failed, and another one is
 *   loading; "hung": as "failed", for workers that hang again and again; "delegate": what does
 *   better from now on
 * @param {boolean} [stills]  whether the worker asks for single frames at its own pace, also
 *   where it could be given the whole stream
 */
export function createTracker(workerUrl, files, on, stills = false) {
  const toPageClock = -performance.timeOrigin;
  const said = new Map(); // what another worker must be told, too
  let worker;
  let ready = false;
  let restarts = 0; // in a row
  let onProcessor = !files.delegate || files.delegate === "CPU"; // and no longer on a GPU
  let results = 0; // of this worker
  let givenAt = 0;
  let answerMs = 0; // of the last answer
  let followed; // the track
  let pulled = false; // the worker asks for stills, again and again, whether they come or not
  let newest; // undefined is Python's None, null is not
  let stopFeeding = () => {};
  let grab = () => {};
  let turn = 0; // counts starts, so that what belongs to an earlier one is told apart

  const silence = createSilence((ms) => {
    if (!ready) {
      if (ms === SLOW_LOAD_MS) on("slow", "");
    } else if (ms >= patience()) restart();
  });

  function patience() {
    const usual = results > 1 ? Math.max(PATIENCE_MS, TIMES_SLOWER * answerMs) : FIRST_PATIENCE_MS;
    return usual + (said.get("pace")?.interval ?? 0);
  }

  function employ() {
    worker = new Worker(workerUrl, { type: "module" });
    ready = false;
    results = 0;
    worker.onmessage = hear;
    worker.onerror = ({ message }) => fail("failed", message || "the tracking worker could not start");
    worker.postMessage({ kind: "load", ...files, ...(onProcessor && { delegate: "CPU" }) });
    for (const message of said.values()) worker.postMessage(message);
  }

  function dismiss() {
    silence.end();
    worker.onmessage = null;
    worker.onerror = null;
    worker.terminate();
  }

  function hear({ data }) {
    silence.end();
    if (data.kind === "result") {
      answerMs = performance.now() - givenAt;
      results += 1;
      if (results >= GOOD_RESULTS) restarts = 0;
      data.values[1] += toPageClock;
      data.values[2] += toPageClock;
      newest = data.values;
    } else if (data.kind === "want") grab(data.turn);
    else if (ready && followed && !onProcessor && FAILURES.includes(data.kind)) restart();
    else {
      if (data.kind === "delegate") onProcessor = data.detail === "CPU";
      ready ||= data.kind === "ready";
      on(data.kind, data.detail ?? "");
    }
    if (followed && (pulled || data.kind === "ready")) silence.begin();
  }

  function fail(kind, detail) {
    silence.end();
    on(kind, detail);
  }

  function restart() {
    if (restarts >= MAX_RESTARTS) {
      fail("hung", `${restarts} restarts in a row`);
      return;
    }
    restarts += 1;
    if (!onProcessor) {
      onProcessor = true; // a graphics card may be why
      on("delegate", "CPU");
    }
    stopFeeding();
    dismiss();
    employ();
    feed();
    on("stuck", String(restarts));
  }

  function give(message, owned) {
    worker.postMessage(message, owned);
    givenAt = performance.now();
    silence.begin();
  }

  function tell(message) {
    said.set(message.kind, message);
    worker.postMessage(message);
  }

  function feed() {
    newest = undefined;
    const streams = !stills && "MediaStreamTrackProcessor" in globalThis;
    pulled = !streams;
    stopFeeding = streams ? feedByStream(followed) : feedByElement(followed);
    silence.begin(); // a frame is asked for as soon as it has loaded
  }

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
      else give({ kind: "frame", frame, captured, turn }, [frame]);
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
      if (bitmap) give({ kind: "bitmap", bitmap, captured }, [bitmap]);
    };
    worker.postMessage({ kind: "pull" });
    return () => {
      grab = () => {};
      worker.postMessage({ kind: "stop" });
      video.srcObject = null;
    };
  }

  employ();

  return {
    /** Follows a video track until stop() or the next start(). */
    start(track) {
      silence.end();
      stopFeeding();
      followed = track;
      feed();
    },
    /** Reads no more frames a second than `rate`, on average. */
    limit(rate) {
      tell({ kind: "pace", interval: 1000 / rate });
    },
    /** Whether `values` end with the landmarks (the face's worker only). */
    readLandmarks(wanted) {
      tell({ kind: "landmarks", wanted });
    },
    /** Whether others are looked for whose face is wider than a share of the nearest; 0: not. */
    lookForCompany(share) {
      tell({ kind: "company", share });
    },
    stop() {
      silence.end();
      followed = undefined;
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
      dismiss();
    },
  };
}
