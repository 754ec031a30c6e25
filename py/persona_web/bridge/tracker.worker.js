// Face tracking off the page's thread: camera frames in, one Float64Array of numbers out.
// Messages as in detection.js; `values` is persona_core.face.observation's flat layout:
// [found, captured ms, done ms, 52 blendshapes, 16 matrix].

import { HEAD, serveDetector } from "./detection.js";

const BLENDSHAPES = 52;
const MATRIX = 16;

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
    const values = new Float64Array(HEAD + BLENDSHAPES + MATRIX);
    const result = landmarker.detectForVideo(bitmap, stamp);
    const shapes = result.faceBlendshapes[0]?.categories;
    const matrix = result.facialTransformationMatrixes[0]?.data;
    if (shapes && matrix) {
      values[0] = 1;
      for (const shape of shapes) values[HEAD + shape.index] = shape.score;
      values.set(matrix, HEAD + BLENDSHAPES);
    }
    return values;
  },
});
