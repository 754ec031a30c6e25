// Reads photos off the page's thread: where the faces are, and where the person is.
//
// Messages in:  {kind: "load", bundle, wasm, model, segmenter}   addresses; segmenter may be ""
//               {kind: "faces", id, bitmap}     a bitmap to look for up to FACES faces in
//               {kind: "person", id, bitmap, longest}   a bitmap to find the person's matte in
// Messages out: {kind: "answer", id, values}    faces: Float64Array, per face 478 x 3 landmarks
//               {kind: "answer", id, matte, width, height}   and 52 blendshapes; matte: Uint8Array
//               {kind: "failed", id, cause, detail}    id is undefined when loading failed; cause:
//                                             "no-webgl", "scrambled" or "failed", see sight.js

import { causeOf, hindrance } from "../media/sight.js";

const FACES = 3;
const LANDMARKS = 478;
const BLENDSHAPES = 52;

let loading;

// MediaPipe's wasm writes plain information to its stderr, which arrives as console errors.
const complain = console.error;
console.error = (...words) => (/^INFO:/.test(words[0]) ? console.info : complain)(...words);

async function load({ bundle, wasm, model, segmenter }) {
  const cause = hindrance();
  if (cause) throw Object.assign(new Error("pixels are read otherwise than drawn"), { cause });
  const vision = await import(bundle);
  // The second argument asks for the module build of the wasm loader, see detection.js.
  const files = await vision.FilesetResolver.forVisionTasks(wasm, true);
  const { default: factory } = await import(files.wasmLoaderPath);
  const faces = await vision.FaceLandmarker.createFromOptions(files, {
    baseOptions: { modelAssetPath: model, delegate: "CPU" },
    runningMode: "IMAGE",
    numFaces: FACES,
    outputFaceBlendshapes: true,
  });
  async function createSegmenter() {
    self.ModuleFactory = factory; // each task uses it up, and a module is evaluated only once
    return vision.ImageSegmenter.createFromOptions(files, {
      baseOptions: { modelAssetPath: segmenter, delegate: "CPU" },
      runningMode: "IMAGE",
      outputConfidenceMasks: true,
      outputCategoryMask: false,
    });
  }
  let person;
  return { faces, person: () => (person ??= createSegmenter()), knowsPerson: segmenter !== "" };
}

async function findFaces({ faces }, { bitmap }) {
  const found = faces.detect(bitmap);
  const values = new Float64Array(found.faceLandmarks.length * (LANDMARKS * 3 + BLENDSHAPES));
  let at = 0;
  found.faceLandmarks.forEach((points, face) => {
    for (const { x, y, z } of points) {
      values.set([x, y, z], at);
      at += 3;
    }
    for (const shape of found.faceBlendshapes[face].categories) values[at + shape.index] = shape.score;
    at += BLENDSHAPES;
  });
  return { values };
}

async function findPerson({ person, knowsPerson }, { bitmap, longest }) {
  if (!knowsPerson) return { width: 0, height: 0 };
  const segmenter = await person();
  const result = segmenter.segment(bitmap);
  try {
    const mask = result.confidenceMasks[0];
    const zoom = Math.min(1, longest / Math.max(mask.width, mask.height));
    const width = Math.max(1, Math.round(mask.width * zoom));
    const height = Math.max(1, Math.round(mask.height * zoom));
    return { matte: reduce(mask, width, height), width, height };
  } finally {
    result.close();
  }
}

/** Means of the mask's pixels under each pixel of a smaller one. */
function reduce(mask, width, height) {
  const source = mask.getAsUint8Array();
  const edges = (count, size) => Array.from({ length: count + 1 }, (_, i) => Math.floor((i * size) / count));
  const columns = edges(width, mask.width), rows = edges(height, mask.height);
  const matte = new Uint8Array(width * height);
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      let sum = 0, count = 0;
      for (let y = rows[row]; y < rows[row + 1]; y += 1) {
        for (let x = columns[column]; x < columns[column + 1]; x += 1) {
          sum += source[y * mask.width + x];
          count += 1;
        }
      }
      matte[row * width + column] = Math.round(sum / count);
    }
  }
  return matte;
}

self.onmessage = async ({ data }) => {
  try {
    if (data.kind === "load") await (loading = load(data));
    else {
      const tasks = await loading;
      const answer = await (data.kind === "faces" ? findFaces : findPerson)(tasks, data);
      self.postMessage({ kind: "answer", id: data.id, ...answer });
    }
  } catch (error) {
    const cause = error?.cause ?? causeOf();
    self.postMessage({ kind: "failed", id: data.id, cause, detail: String(error?.message ?? error) });
  } finally {
    data.bitmap?.close();
  }
};
