// Face tracking off the page's thread: camera frames in, one Float64Array of numbers out.
// Messages as in detection.js; `values` is face_reader.js'.
//
// "load" also has a `delegate`: "CPU", "GPU", or "try", which begins on the CPU and goes on by what
// turns out to cost less.
// Two messages more in: {kind: "landmarks", wanted}  {kind: "company", share}  as of face_reader.js
// One more out:         {kind: "delegate", detail}   "CPU" or "GPU": what is better from now on

import { createTrial } from "./delegates.js";
import { serveDetector } from "./detection.js";
import { SHAPES, createReader } from "./face_reader.js";

// A plain video call takes about a third of a core at each end; the face may have less.
const SHARE = 0.22;

const wanted = { landmarks: false, company: 0 };
self.addEventListener("message", ({ data }) => {
  if (data.kind === "landmarks") wanted.landmarks = data.wanted;
  if (data.kind === "company") wanted.company = data.share;
});

const tell = (delegate) => self.postMessage({ kind: "delegate", detail: delegate });

serveDetector({
  async create({ FaceLandmarker }, files, { model, delegate }) {
    const make = async (by) => {
      const landmarker = await FaceLandmarker.createFromOptions(files, {
        baseOptions: { modelAssetPath: model, delegate: by },
        runningMode: "VIDEO",
        numFaces: 1,
        outputFaceBlendshapes: true,
        outputFacialTransformationMatrixes: true,
      });
      return createReader(landmarker, wanted);
    };
    if (delegate === "try") return createTrial(make, SHAPES, tell);
    if (delegate !== "GPU") return make("CPU");
    try {
      return await make("GPU");
    } catch {
      tell("CPU");
      return make("CPU");
    }
  },

  detect: (reader, bitmap, stamp) => reader.look(bitmap, stamp),

  share: SHARE,
});
