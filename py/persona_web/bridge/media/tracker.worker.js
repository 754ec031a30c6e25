// Face tracking off the page's thread: camera frames in, one Float64Array of numbers out.
// Messages as in detection.js; `values` is persona_core.face.observation's flat layout:
// [found, captured ms, done ms, 52 blendshapes, 16 matrix], and 478 landmarks (x, y, z) in pixels
// while they are wanted.
//
// One message more than those: {kind: "landmarks", wanted}

import { HEAD, serveDetector } from "./detection.js";

const BLENDSHAPES = 52;
const MATRIX = 16;
const LANDMARKS = 478;

let wantsLandmarks = false;
self.addEventListener("message", ({ data }) => {
  if (data.kind === "landmarks") wantsLandmarks = data.wanted;
});

serveDetector({
  create: ({ FaceLandmarker }, files, { model }) =>
    FaceLandmarker.createFromOptions(files, {
      baseOptions: { modelAssetPath: model, delegate: "CPU" },
      runningMode: "VIDEO",
      numFaces: 1,
      outputFaceBlendshapes: true,
      outputFacialTransformationMatrixes: true,
    }),

  detect(landmarker, bitmap, stamp) {
    const points = HEAD + BLENDSHAPES + MATRIX;
    const values = new Float64Array(points + (wantsLandmarks ? 3 * LANDMARKS : 0));
    const { width, height } = bitmap;
    const result = landmarker.detectForVideo(bitmap, stamp);
    const shapes = result.faceBlendshapes[0]?.categories;
    const matrix = result.facialTransformationMatrixes[0]?.data;
    if (shapes && matrix) {
      values[0] = 1;
      for (const shape of shapes) values[HEAD + shape.index] = shape.score;
      values.set(matrix, HEAD + BLENDSHAPES);
      if (wantsLandmarks) writeLandmarks(values, points, result.faceLandmarks[0], width, height);
    }
    return values;
  },
});

/** MediaPipe tells x and z in widths of the picture, y in its heights. */
function writeLandmarks(values, start, landmarks, width, height) {
  let at = start;
  for (const { x, y, z } of landmarks) {
    values[at++] = x * width;
    values[at++] = y * height;
    values[at++] = z * width;
  }
}
