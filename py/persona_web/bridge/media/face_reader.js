// One of MediaPipe's Face Landmarkers, and its answers as persona_core.face.observation's flat
// layout: [found, captured ms, done ms, 52 blendshapes, 16 matrix], and 478 landmarks (x, y, z) in
// pixels while they are wanted. The times are left to detection.js.

import { HEAD } from "./detection.js";

const BLENDSHAPES = 52;
const MATRIX = 16;
const LANDMARKS = 478;

/** Where the blendshapes begin and end. */
export const SHAPES = [HEAD, HEAD + BLENDSHAPES];

function widthOf(landmarks) {
  const columns = landmarks.map(({ x }) => x);
  return Math.max(...columns) - Math.min(...columns);
}

/** MediaPipe tells x and z in widths of the picture, y in its heights. */
function writeLandmarks(values, start, landmarks, width, height) {
  let at = start;
  for (const { x, y, z } of landmarks) {
    values[at++] = x * width;
    values[at++] = y * height;
    values[at++] = z * width;
  }
}

/**
 * @param {object} landmarker  made for one face
 * @param {{landmarks: boolean, company: number}} wanted  may change; `company`: "found" is 2 where
 *   somebody else is seen whose face is wider than this share of the nearest; 0: not looked for
 */
export function createReader(landmarker, wanted) {
  let most = 1; // faces that it looks for

  return {
    close: () => landmarker.close(),

    look(bitmap, stamp) {
      const points = HEAD + BLENDSHAPES + MATRIX;
      const values = new Float64Array(points + (wanted.landmarks ? 3 * LANDMARKS : 0));
      const { width, height } = bitmap;
      // Another face costs a search in every frame, so it is looked for only while that is wanted.
      const faces = wanted.company > 0 ? 2 : 1;
      if (faces !== most) {
        most = faces;
        landmarker.setOptions({ numFaces: most });
      }
      const result = landmarker.detectForVideo(bitmap, stamp);
      const widths = result.faceLandmarks.map(widthOf);
      const nearest = Math.max(0, widths.indexOf(Math.max(...widths)));
      const shapes = result.faceBlendshapes[nearest]?.categories;
      const matrix = result.facialTransformationMatrixes[nearest]?.data;
      if (shapes && matrix) {
        const wide = widths.filter((each) => each >= wanted.company * widths[nearest]);
        values[0] = wanted.company > 0 ? wide.length : 1;
        for (const shape of shapes) values[HEAD + shape.index] = shape.score;
        values.set(matrix, HEAD + BLENDSHAPES);
        if (wanted.landmarks) {
          writeLandmarks(values, points, result.faceLandmarks[nearest], width, height);
        }
      }
      return values;
    },
  };
}
