// Eyes over the mesh: the completed white and iris inside the lids' rims, and the line of lashes
// of closed ones. The same as EYE_FRAGMENT of portrait_glsl.js.

import { EYES, EYE_RIM, IRISES } from "../portrait_layout.js";
import { smoothstep } from "./photo.js";
import { Rim } from "./rims.js";

const LASHES = [0.2, 0.16, 0.14];

/**
 * @param {object} scene  of raster.js
 * @param {Float32Array} values  PortraitRig.pose
 */
export function paintEyes(scene, values) {
  for (const eye of [0, 1]) paintEye(scene, values, eye);
}

function paintEye(scene, values, eye) {
  const { tiles } = scene;
  const radius = tiles.look[4 * eye + 3];
  const rim = new Rim(values, EYE_RIM * eye, EYE_RIM);
  const [a, b, c, shut, d, e, f, left] = values.subarray(4 * (EYES + 2 * eye), 4 * (EYES + 2 * eye) + 8);
  const [movedX, movedY] = values.subarray(4 * (IRISES + eye), 4 * (IRISES + eye) + 2);
  const lashes = LASHES.map((share, channel) => 255 * share * tiles.look[4 * 6 + channel]);
  const white = new Float32Array(4), iris = new Float32Array(4);
  scene.paint(rim.box(0.3 * radius), (x, y, colour) => {
    rim.measure(x, y);
    const nearest = Math.min(rim.lower, rim.upper);
    // At its rim the photo's own eye goes on, which the mesh has moved.
    const open = rim.inside ? smoothstep(0, 0.24 * radius, nearest) * left : 0;
    const line = 1 - smoothstep(0, 0.2 * radius, rim.upper); // where lids meet
    const lash = shut * 0.7 * line * line * (1 - open);
    const alpha = Math.max(open, lash);
    if (alpha < 0.002) return 0;
    const u = a * x + b * y + c, v = d * x + e * y + f;
    tiles.at(2 * eye, eye, u, v, white);
    tiles.at(2 * eye + 1, eye, u - movedX, v - movedY, iris);
    const shade = 0.8 + 0.2 * smoothstep(0, 0.6 * radius, rim.upper); // the upper lid's shadow
    const share = iris[3] / 255, seen = open / alpha;
    for (let channel = 0; channel < 3; channel += 1) {
      const ball = (white[channel] + (iris[channel] - white[channel]) * share) * shade;
      colour[channel] = lashes[channel] + (ball - lashes[channel]) * seen;
    }
    return alpha;
  });
}
