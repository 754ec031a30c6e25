// The inside of the mouth over the mesh: teeth, tongue, flesh, or what the photo itself shows
// there. The same as MOUTH_FRAGMENT of portrait_glsl.js.

import { EYE_RIM, MOUTH, MOUTH_RIM } from "../portrait_layout.js";
import { smoothstep } from "./photo.js";
import { Rim } from "./rims.js";

// The arch turns away: teeth of 8.5, 6.5, 7.5, 7 mm look ever narrower.
const EDGES = [0, 0.84, 1.46, 2.08, 2.56, 2.92, 3.2];

const mix = (from, to, share) => from + (to - from) * share;

// A row of teeth at (x, y): cm right of its middle, and beyond the biting edge (negative towards
// the gum). Gives brightness and coverage.
function teeth(x, y, size, soft, out) {
  const off = Math.abs(x) / size;
  let tooth = 0;
  while (tooth < 5 && off >= EDGES[tooth + 1]) tooth += 1;
  const start = EDGES[tooth], end = EDGES[tooth + 1];
  const t = Math.min(Math.max((off - start) / (end - start), 0), 1);
  const rounding = Math.abs(2 * t - 1) ** 3 * 0.09 * size;
  const shorter = 0.05 * smoothstep(0.84, 1.46, off) * (1 - smoothstep(1.46, 2, off));
  const biting = 1 - smoothstep(-soft, soft, y + rounding + shorter);
  const gap = 0.84 + 0.16 * smoothstep(0, 0.08, Math.min(t, 1 - t) * (end - start));
  const bulge = 0.93 + 0.07 * Math.sin(3.14159 * t);
  out[0] = gap * bulge * (1 - 0.6 * smoothstep(1.2, 3.1, off));
  out[1] = off <= 3.2 ? biting : 0;
}

/** @param {Float32Array} values  PortraitRig.pose */
export function mouthRim(values) {
  return new Rim(values, 2 * EYE_RIM, MOUTH_RIM);
}

/**
 * @param {object} scene  of raster.js
 * @param {Float32Array} values  PortraitRig.pose
 */
export function paintMouth(scene, values) {
  const { tiles, photo, view } = scene;
  const look = tiles.look;
  const rim = mouthRim(values);
  const rows = values.subarray(4 * MOUTH, 4 * MOUTH + 24);
  const row = (number, x, y) => rows[4 * number] * x + rows[4 * number + 1] * y + rows[4 * number + 2];
  const cm = look[27], open = rows[7], pressed = rows[11], lipBelow = rows[15];
  const opening = smoothstep(0.03, 0.14, open);
  const soft = 0.6 / Math.max(cm * view.scale, 1) + 0.02;
  const bite = Math.min(look[19], lipBelow + 1.05); // a rising lip shows no more than their length
  const flesh = look.subarray(20, 23), enamel = look.subarray(16, 19), shown = look[11];
  const low = [0, 0], high = [0, 0], taken = new Float32Array(4), inner = [0, 0, 0];
  scene.paint(rim.box(0.1 * cm), (x, y, colour) => {
    rim.measure(x, y);
    const nearest = Math.min(rim.lower, rim.upper);
    const edge = (rim.inside ? nearest : -nearest) + 0.03 * cm;
    const covered = Math.min(Math.max(edge * view.scale + 0.5, 0), 1);
    const line = pressed * (1 - smoothstep(0, 0.07 * cm, nearest));
    if (covered === 0 && line === 0) return 0;
    const there = [row(4, x, y), row(5, x, y)];
    let own = 0;
    if (shown) {
      tiles.at(4, 2, there[0], there[1], taken);
      own = (taken[3] / 255) * shown;
    }
    const alpha = covered * Math.max(own, opening);
    // Lips pressed on each other have rolled their dark line inwards: it is drawn anew.
    const drawn = 0.55 * line * (1 - alpha);
    if (alpha + drawn < 0.002) return 0;

    const upperX = row(0, x, y), upperY = row(1, x, y);
    const lowerX = row(2, x, y), lowerY = row(3, x, y);
    const depth = mix(0.2, 0.34, smoothstep(0, 1.6, upperY));
    // The tongue lies on the floor and comes with the jaw.
    const far = Math.hypot(lowerX / 1.75, (lowerY - 0.75) / 0.95);
    const tongue = 1 - smoothstep(0.75, 1.05, far);
    const ridge = (0.86 + 0.14 * smoothstep(0, 0.25, Math.abs(lowerX))) * mix(1.08, 0.72, Math.min(far, 1));
    // Lower teeth stand on the jaw, a little behind the upper ones, which belong to the head.
    teeth(lowerX, 0.78 - lowerY, 0.72, soft, low);
    const lowGum = smoothstep(0, 0.15, lowerY - 1.4);
    teeth(upperX, upperY - bite, 1, soft, high);
    const gum = 1 - smoothstep(-0.06, 0.06, upperY - bite + 1.2 - 0.08 * Math.cos(upperX * 7.4));
    // Lips and cheeks shade what is behind them.
    const shade = mix(0.66, 1, smoothstep(0, 0.3 * cm, rim.upper)) *
      mix(0.7, 1, smoothstep(0, 0.15 * cm, rim.lower));
    for (let channel = 0; channel < 3; channel += 1) {
      const red = flesh[channel], dark = 0.4 * red; // what teeth fade into
      let value = mix(red * depth, red * ridge, tongue);
      value = mix(value, mix(mix(dark, 0.86 * enamel[channel], low[0]), 0.8 * red, lowGum), low[1]);
      value = mix(value, mix(mix(dark, enamel[channel], high[0]), 1.05 * red, gum), high[1]);
      inner[channel] = Math.min(255 * value * shade, 255);
    }
    if (own > 0) {
      photo.at(there[0], there[1], taken);
      for (let channel = 0; channel < 3; channel += 1) inner[channel] = mix(inner[channel], taken[channel], own);
    }
    const share = alpha / (alpha + drawn);
    for (let channel = 0; channel < 3; channel += 1) {
      colour[channel] = mix(255 * 0.3 * flesh[channel], inner[channel], share);
    }
    return Math.min(alpha + drawn, 1);
  });
}
