// The steps of LivePortrait-Lite that are no nets, in the shape of onnxruntime's sessions:
//
//   patches  lite_photo, lite_source, lite_target, and with a set lite_pictures, lite_spots,
//            lite_mix -> mouth_planes, mouth_vector, eye_planes, eye_vector, lite_places
//   picture  after the nets: lite_photo, lite_strength, mouth_change, eye_change -> lite_picture,
//            where there is no GPU to draw on
//
// "picture" draws what "patches" computed last, so a face's run holds both.
// Tensors are told of in persona_core.neural.families.lite_patches.

import { LiteInputs } from "../../view/js/lite/lite_inputs.js";
import { LitePicture } from "../../view/js/lite/lite_picture.js";

const INPUTS = ["lite_photo", "lite_source", "lite_target"];
const SET_INPUTS = ["lite_pictures", "lite_spots", "lite_mix"];

/** What is kept for one portrait: its inputs and the arrays that they are handed over in. */
class Portrait {
  constructor(topology, photo, source) {
    const [height, width] = photo.dims.slice(-2);
    this.photo = { width, height, data: interleaved(photo.data) };
    this.inputs = new LiteInputs(topology, this.photo, source.data);
    this.places = new Float32Array(topology.parts.length * topology.faceCount * 2);
  }

  compute(target, further) {
    const [mouth, right, left] = this.inputs.compute(target, further);
    this.eyePlanes ??= new Float32Array(2 * right.planes.length);
    this.eyeVector ??= new Float32Array(2 * right.vector.length);
    [right, left].forEach(({ planes, vector }, eye) => {
      this.eyePlanes.set(planes, eye * planes.length);
      this.eyeVector.set(vector, eye * vector.length);
    });
    this.inputs.places(this.places);
    return { mouth, eye: right };
  }
}

/** A set's pictures of the mouth, and where the skin's landmarks lie in each. */
function furtherPictures({ dims: [count, , height, width], data }, { dims: [, landmarks], data: spots }) {
  const [area, length] = [3 * width * height, 3 * landmarks];
  return Array.from({ length: count }, (_, number) => {
    const planes = data.subarray(number * area, (number + 1) * area);
    const places = new Float64Array(2 * landmarks), shares = new Float64Array(2 * landmarks);
    for (let at = 0, from = number * length; at < landmarks; at += 1, from += 3) {
      places.set(spots.subarray(from, from + 2), 2 * at);
      shares[2 * at] = spots[from + 2];
    }
    return { width, height, channels: 3, data: interleaved(planes), places, shares };
  });
}

/** Planes as pixels. */
function interleaved(planes) {
  const count = planes.length / 3;
  const pixels = new Float32Array(planes.length);
  for (let at = 0; at < count; at += 1) {
    for (let channel = 0; channel < 3; channel += 1) {
      pixels[3 * at + channel] = planes[channel * count + at];
    }
  }
  return pixels;
}

/**
 * @param {object} ort  onnxruntime-web
 * @param {object} topology  of persona_core.neural.families.lite_patches
 */
export function createSteps(ort, topology) {
  const portraits = new WeakMap(); // tensor of the photo -> Portrait
  const sets = new WeakMap(); // tensor of a set's pictures -> the pictures
  const tensor = (data, ...dims) => new ort.Tensor("float32", data, dims);

  function portraitOf({ lite_photo: photo, lite_source: source }) {
    let portrait = portraits.get(photo);
    if (!portrait) portraits.set(photo, (portrait = new Portrait(topology, photo, source)));
    return portrait;
  }

  function furtherOf({ lite_pictures: tensor, lite_spots: spots, lite_mix: mix }) {
    if (!tensor || !mix) return undefined;
    let pictures = sets.get(tensor);
    if (!pictures) sets.set(tensor, (pictures = furtherPictures(tensor, spots)));
    return { pictures, mix: mix.data };
  }

  const patches = {
    inputNames: INPUTS,
    optionalNames: SET_INPUTS,
    async run(feeds) {
      const portrait = portraitOf(feeds);
      const { mouth, eye } = portrait.compute(feeds.lite_target.data, furtherOf(feeds));
      return {
        mouth_planes: tensor(mouth.planes, 1, 11, mouth.size, mouth.size),
        mouth_vector: tensor(mouth.vector, 1, mouth.vector.length),
        eye_planes: tensor(portrait.eyePlanes, 2, 11, eye.size, eye.size),
        eye_vector: tensor(portrait.eyeVector, 2, eye.vector.length),
        lite_places: tensor(portrait.places, 3, topology.faceCount, 2),
      };
    },
    async release() {},
  };

  const picture = {
    inputNames: ["lite_photo", "lite_strength", "mouth_change", "eye_change"],
    async run(feeds) {
      const { lite_photo: photo, lite_strength: strength } = feeds;
      const { mouth_change: mouth, eye_change: eyes } = feeds;
      const portrait = portraits.get(photo);
      portrait.picture ??= new LitePicture(portrait.photo);
      const half = eyes.data.length / 2;
      const changes = [mouth.data, eyes.data.subarray(0, half), eyes.data.subarray(half)];
      portrait.picture.draw(
        portrait.inputs.drawn,
        changes.map((change, number) => ({ change, strength: strength.data[number] })),
        topology.feather,
      );
      const { width, height } = portrait.photo;
      return { lite_picture: tensor(portrait.picture.planes, 1, 3, height, width) };
    },
    async release() {},
  };
  return { patches, picture };
}
