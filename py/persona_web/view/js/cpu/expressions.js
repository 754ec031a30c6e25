// The further pictures of a set over a portrait, on the CPU: what expressions_webgl.js has a GPU do,
// from the same model and by the same numbers.

import { coverage, EYES, FACE, MOUTH, pickPatches } from "../expressions_view.js";
import { GAZES, SHARES } from "../portrait_layout.js";
import { EDGE } from "./mesh.js";
import { Levels, sample, smoothstep } from "./photo.js";

const TRUST = 1 / 32767, SIDE = 4 * TRUST; // of a step that places are told in
const SEEN = 0.004; // of a pixel: less is left out
// Of the photo's height: so much before the mesh a region lies, which hides what is turned away.
const BEFORE = 0.002;
const PLACES = 3; // pictures that a region is drawn from
const CORNERS = 9; // numbers of a picture in a triangle: x, y and trust of three vertices

/** One region of one further picture. */
class Patch {
  #levels;
  #zoom;
  #scale = 0;

  /**
   * @param {object} patch  as for expressions_webgl.js, its image as `width`, `height`, `data`
   * @param {Float32Array} photoPlaces  of the mesh's vertices
   * @param {Uint16Array} triangles  of the region
   */
  constructor({ image, places, whole }, photoPlaces, triangles) {
    this.places = places;
    this.whole = whole;
    this.#levels = new Levels(image);
    this.#zoom = zoomOf(image, places, photoPlaces, triangles);
  }

  /** Its picture for pixels of a scene. @param {number} scale  of these to the photo's */
  picture(scale) {
    if (this.#scale !== scale) {
      this.#scale = scale;
      this.reduced = this.#levels.reduced(scale * this.#zoom);
    }
    return this.reduced;
  }
}

/** Pixels of the photo that one of a patch is, a side, over the triangles that the patch shows. */
function zoomOf({ width, height }, places, photoPlaces, triangles) {
  let ofPhoto = 0, ofPatch = 0;
  for (let t = 0; t < triangles.length; t += 3) {
    const [i, j, k] = triangles.subarray(t, t + 3);
    if (!(places[4 * i + 2] && places[4 * j + 2] && places[4 * k + 2])) continue;
    ofPhoto += areaOf(photoPlaces, 2, i, j, k);
    ofPatch += areaOf(places, 4, i, j, k) * width * height * SIDE * SIDE;
  }
  return ofPhoto > 0 && ofPatch > 0 ? Math.sqrt(ofPhoto / ofPatch) : 1;
}

function areaOf(places, stride, i, j, k) {
  const x = places[stride * i], y = places[stride * i + 1];
  return Math.abs(
    (places[stride * j] - x) * (places[stride * k + 1] - y) -
    (places[stride * k] - x) * (places[stride * j + 1] - y),
  );
}

/**
 * @param {Mesh} mesh
 * @param {object} model  as for expressions_webgl.js
 */
export function createExpressions(mesh, { masks, regions }) {
  const expressions = []; // of each, its patches by region
  const picked = [], pictures = [];
  const shares = new Float32Array(PLACES), shown = new Float32Array(PLACES);
  const shiftsX = new Float32Array(PLACES), shiftsY = new Float32Array(PLACES);
  const corners = new Float32Array(CORNERS * PLACES);
  const colour = new Float32Array(3), taken = new Float32Array(4);

  /** Adds the next expression. */
  function add(patches) {
    const made = [];
    for (const patch of patches) {
      const { region } = patch;
      made[region] = new Patch(patch, mesh.places, regions[region].triangles);
    }
    expressions.push(made);
  }

  /** Sets what a region is drawn from now. @returns {number} how many pictures these are */
  function choose(values, region, scale) {
    if (!pickPatches(expressions, values, region, picked)) return 0;
    let count = 0;
    for (let place = 0; place < PLACES; place += 1) {
      const at = 4 * SHARES + 8 * region + 2 * place;
      if (values[at] < 0 || values[at + 1] <= 0) continue;
      picked[count] = picked[place];
      pictures[count] = picked[place].picture(scale);
      shares[count] = values[at + 1] * TRUST;
      if (EYES.includes(region)) {
        const shift = 4 * (GAZES + 3 * (region - EYES[0]) + 1) + 2 * place;
        shiftsX[count] = values[shift];
        shiftsY[count] = values[shift + 1];
      }
      count += 1;
    }
    return count;
  }

  /** Lays one region over the scene. */
  function paint(scene, values, region) {
    const { view, surfaces, photo } = scene;
    const count = choose(values, region, view.scale);
    if (!count) return;
    const { triangles, opening } = regions[region];
    const opens = EYES.includes(region) ? triangles.length - 3 * opening : triangles.length;
    const gaze = EYES.includes(region) ? 4 * (GAZES + 3 * (region - EYES[0])) : 0;
    const irisX = values[gaze], irisY = values[gaze + 1], inner = values[gaze + 2];
    const outer = Math.max(values[gaze + 3], inner + 1);
    const { spots, places } = mesh;
    const { width, height, depth } = surfaces;
    const { scale, x: left, y: top } = view;
    const before = BEFORE * photo.photo.height;
    const everywhere = !photo.photo.layered && !photo.feathered;
    for (let t = 0; t < triangles.length; t += 3) {
      const i = triangles[t], j = triangles[t + 1], k = triangles[t + 2];
      // Centres of pixels have whole numbers from here on.
      const ax = spots[3 * i] * scale + left - 0.5, ay = spots[3 * i + 1] * scale + top - 0.5;
      const bx = spots[3 * j] * scale + left - 0.5, by = spots[3 * j + 1] * scale + top - 0.5;
      const cx = spots[3 * k] * scale + left - 0.5, cy = spots[3 * k + 1] * scale + top - 0.5;
      const first = Math.max(0, Math.ceil(Math.min(ax, bx, cx)));
      const last = Math.min(width - 1, Math.floor(Math.max(ax, bx, cx)));
      if (first > last) continue;
      const upper = Math.max(0, Math.ceil(Math.min(ay, by, cy)));
      const lower = Math.min(height - 1, Math.floor(Math.max(ay, by, cy)));
      if (upper > lower) continue;
      const area = (by - cy) * (ax - cx) + (cx - bx) * (ay - cy);
      if (!(Math.abs(area) > 1e-9)) continue;
      let laid = false; // most triangles of a small scene lie between its pixels' centres
      const az = spots[3 * i + 2] - before, bz = spots[3 * j + 2] - before;
      const cz = spots[3 * k + 2] - before;
      const am = masks[4 * i + region] / 255, bm = masks[4 * j + region] / 255;
      const cm = masks[4 * k + region] / 255;
      const aStep = (by - cy) / area, bStep = (cy - ay) / area;
      const aDown = (cx - bx) / area, bDown = (ax - cx) / area;
      for (let y = upper; y <= lower; y += 1) {
        let a = aDown * (y - cy) + (first - cx) * aStep;
        let b = bDown * (y - cy) + (first - cx) * bStep;
        let at = y * width + first;
        for (let x = first; x <= last; x += 1, at += 1, a += aStep, b += bStep) {
          const c = 1 - a - b;
          if (a < EDGE || b < EDGE || c < EDGE) continue;
          if (a * az + b * bz + c * cz > depth[at]) continue;
          if (!laid) {
            laid = true;
            for (let slot = 0; slot < count; slot += 1) lay(slot, i, j, k);
          }
          let sum = 0;
          for (let slot = 0, from = 6; slot < count; slot += 1, from += CORNERS) {
            shown[slot] = shares[slot] *
              (a * corners[from] + b * corners[from + 1] + c * corners[from + 2]);
            sum += shown[slot];
          }
          let alpha = sum * (a * am + b * bm + c * cm);
          if (alpha < SEEN) continue;
          if (!everywhere) {
            const u = a * places[2 * i] + b * places[2 * j] + c * places[2 * k];
            const v = a * places[2 * i + 1] + b * places[2 * j + 1] + c * places[2 * k + 1];
            photo.at(u, v, taken);
            alpha *= scene.shown(u, v, taken);
            if (alpha < SEEN) continue;
          }
          let follows = 0;
          if (t >= opens) {
            const across = (x - left + 0.5) / scale - irisX;
            const down = (y - top + 0.5) / scale - irisY;
            follows = 1 - smoothstep(inner, outer, Math.sqrt(across * across + down * down));
          }
          colour[0] = colour[1] = colour[2] = 0;
          for (let slot = 0, from = 0; slot < count; slot += 1, from += CORNERS) {
            const share = shown[slot] / sum;
            if (!(share > 0)) continue;
            const picture = pictures[slot];
            const u = a * corners[from] + b * corners[from + 1] + c * corners[from + 2] +
              follows * shiftsX[slot];
            const v = a * corners[from + 3] + b * corners[from + 4] + c * corners[from + 5] +
              follows * shiftsY[slot];
            sample(picture, u * picture.width, v * picture.height, taken);
            colour[0] += share * taken[0];
            colour[1] += share * taken[1];
            colour[2] += share * taken[2];
          }
          scene.blend(4 * at, colour, alpha);
        }
      }
    }
  }

  /** Sets what one picture has at a triangle's vertices. */
  function lay(slot, i, j, k) {
    const { places } = picked[slot];
    const to = CORNERS * slot;
    for (let axis = 0; axis < 3; axis += 1) {
      const step = axis < 2 ? SIDE : 1; // shares have the other
      corners[to + 3 * axis] = step * places[4 * i + axis];
      corners[to + 3 * axis + 1] = step * places[4 * j + axis];
      corners[to + 3 * axis + 2] = step * places[4 * k + axis];
    }
  }

  return {
    add,
    paintFace: (scene, values) => paint(scene, values, FACE),
    paintParts(scene, values) {
      paint(scene, values, MOUTH);
      for (const eye of EYES) paint(scene, values, eye);
    },
    ...coverage(expressions),
  };
}
