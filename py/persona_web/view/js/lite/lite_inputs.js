// What the patch nets of LivePortrait-Lite see: 11 planes and the landmarks, for the mouth and
// both eyes. The same numbers as persona_models.lite.patch_inputs, which they were trained with.
// What rests on the photo alone is computed once.
//
// Planes: red, green, blue of the warped photo; of the photo's own patch; what is inside by the
// motion, and lips or iris by it; the photo's inside, warped; the photo's inside, and its lips or
// iris.

import { PatchFrame, WarpMesh, placementScale } from "./lite_frame.js";
import { fillPolygon, fillTriangles, sample } from "./lite_raster.js";

export const PLANES = 11;
const WARPED = 0, OWN = 3, INSIDE = 6, FINE = 7, INSIDE_WARPED = 8, INSIDE_HERE = 9, FINE_HERE = 10;
const CIRCLE = 24; // corners of an iris

/** The patches of one photo. */
export class LiteInputs {
  #topology;
  #photo;
  #mesh;
  #patches;
  #spots;
  #skin;

  /**
   * @param {object} topology  of persona_core.neural.families.lite_patches
   * @param {{width: number, height: number, data: Float32Array}} photo  the crop that nets see:
   *   red, green, blue of each pixel, 0 to 1
   * @param {Float32Array} source  478 landmarks in its pixels
   */
  constructor(topology, photo, source) {
    this.#topology = topology;
    this.#photo = { ...photo, channels: 3 };
    this.#mesh = new WarpMesh(source, topology);
    this.#spots = new Float64Array(this.#mesh.goals.length);
    this.#skin = Uint16Array.from({ length: topology.faceCount }, (_, index) => index);
    const scale = placementScale(source, topology);
    this.#patches = topology.parts.map((part) => new Patch(part, this.#photo, source, scale));
  }

  /**
   * Computes the inputs for landmarks.
   *
   * @param {Float32Array} target  478 landmarks in pixels of the photo
   * @param {object} [further]  what of a set is shown of the mouth: `pictures`, each as the photo
   *   with `places` and `shares` (Float64Array, two numbers a landmark of the skin: where it lies
   *   there; how much of it is seen), and `mix`, numbers of pictures and their weights
   * @returns {{planes: Float32Array, vector: Float32Array}[]} of each part; the next call
   *   overwrites them
   */
  compute(target, further = undefined) {
    this.#mesh.follow(target);
    this.scale = placementScale(target, this.#topology);
    for (const patch of this.#patches) {
      patch.follow(target, this.scale, this.#mesh, this.#spots, this.#photo);
      // Nets see what they draw over: the mouth's over the set, the eyes' beneath it.
      if (further && patch === this.#patches[0]) {
        patch.lay(further, this.#spots, this.#topology.triangles);
      }
    }
    return this.#patches;
  }

  /**
   * Where the landmarks of the skin lie in the patches that were computed last, in units of their
   * sides: 0 to 1 inside, x and y of each, part by part.
   */
  places(out) {
    const { faceCount } = this.#topology;
    const one = new Float32Array(2 * faceCount);
    this.#patches.forEach(({ frame, size }, number) => {
      frame.toPatch(this.#mesh.goals, 3, this.#skin, one);
      for (let i = 0; i < one.length; i += 1) {
        out[number * one.length + i] = (one[i] + 0.5) / size;
      }
    });
    return out;
  }

  /** The mesh that was followed last, and the frames of the patches that were computed from it. */
  get drawn() {
    return { mesh: this.#mesh, frames: this.#patches.map(({ frame }) => frame) };
  }
}

/** One part's patch. */
class Patch {
  #part;
  #here; // the frame in the photo
  #inside; // the photo's mask, as a picture
  #places;
  #depth;
  #seen; // of a set, how much at each pixel
  #colours;

  constructor(part, photo, source, scale) {
    const { size } = part;
    const area = size * size;
    this.#part = part;
    this.size = size;
    this.#here = new PatchFrame(part, source, scale, size);
    this.#places = new Float32Array(2 * area);
    this.#depth = new Float32Array(area);
    this.planes = new Float32Array(PLANES * area);
    this.vector = new Float32Array(4 * part.described.length);
    sample(photo, this.#here.places(this.#places), this.planes, OWN * area);
    this.#fillMasks(this.#here, source, INSIDE_HERE);
    const inside = this.planes.slice(INSIDE_HERE * area, FINE_HERE * area);
    this.#inside = { width: size, height: size, channels: 1, data: inside };
    this.#tell(this.#here, source, 2 * part.described.length);
  }

  follow(target, scale, mesh, spots, photo) {
    const { size } = this;
    const area = size * size;
    this.frame = new PatchFrame(this.#part, target, scale, size);
    const { goals, origins, triangles } = mesh;
    const { a, b, c, d, x, y } = this.frame;
    for (let i = 0; i < goals.length; i += 3) {
      spots[i] = a * goals[i] + b * goals[i + 1] + x;
      spots[i + 1] = c * goals[i] + d * goals[i + 1] + y;
      spots[i + 2] = goals[i + 2];
    }
    const places = this.frame.places(this.#places);
    fillTriangles(spots, origins, triangles, size, this.#depth, places);
    sample(photo, places, this.planes, WARPED * area);
    this.#fillMasks(this.frame, target, INSIDE);
    const back = this.#here;
    for (let i = 0; i < places.length; i += 2) {
      const u = places[i], v = places[i + 1];
      places[i] = back.a * u + back.b * v + back.x;
      places[i + 1] = back.c * u + back.d * v + back.y;
    }
    sample(this.#inside, places, this.planes, INSIDE_WARPED * area);
    this.#tell(this.frame, target, 0);
  }

  /** Lays a set's pictures over the bent photo, where the vertices were put last. */
  lay({ pictures, mix }, spots, triangles) {
    const area = this.size * this.size;
    const warped = this.planes.subarray(WARPED * area, (WARPED + 3) * area);
    this.#seen ??= new Float32Array(2 * area);
    this.#colours ??= new Float32Array(3 * area);
    const bare = new Float32Array(area).fill(1);
    const sum = new Float32Array(3 * area);
    for (let at = 0; at < mix.length; at += 2) {
      const weight = mix[at + 1], picture = pictures[mix[at]];
      if (!picture || weight <= 0) continue;
      fillTriangles(spots, picture.places, triangles, this.size, this.#depth, this.#places);
      sample(picture, this.#places, this.#colours);
      this.#seen.fill(0);
      fillTriangles(spots, picture.shares, triangles, this.size, this.#depth, this.#seen);
      for (let pixel = 0; pixel < area; pixel += 1) {
        const share = weight * this.#seen[2 * pixel];
        bare[pixel] -= share;
        for (let plane = pixel; plane < 3 * area; plane += area) {
          sum[plane] += share * this.#colours[plane];
        }
      }
    }
    for (let at = 0; at < 3 * area; at += 1) warped[at] = warped[at] * bare[at % area] + sum[at];
  }

  /** What is inside, and where lips or iris are; planes `first` and the next one. */
  #fillMasks(frame, points, first) {
    const { inner, outer, described } = this.#part;
    const area = this.size * this.size;
    fillPolygon(frame.toPatch(points, 3, inner), this.size, this.planes, first * area);
    const fine = outer.length
      ? frame.toPatch(points, 3, outer)
      : circle(frame.toPatch(points, 3, described.slice(-5)));
    fillPolygon(fine, this.size, this.planes, (first + 1) * area);
  }

  /** The described landmarks in sides of the patch from its middle. */
  #tell(frame, points, start) {
    const spots = frame.toPatch(points, 3, this.#part.described);
    for (let i = 0; i < spots.length; i += 1) this.vector[start + i] = spots[i] / this.size - 0.5;
  }
}

/** A polygon for an iris: from its centre and four points of its rim. */
function circle(iris) {
  let radius = 0;
  for (let i = 2; i < iris.length; i += 2) {
    radius += Math.hypot(iris[i] - iris[0], iris[i + 1] - iris[1]) / 4;
  }
  const corners = new Float32Array(2 * CIRCLE);
  for (let i = 0; i < CIRCLE; i += 1) {
    const turn = (2 * Math.PI * i) / CIRCLE;
    corners[2 * i] = iris[0] + radius * Math.cos(turn);
    corners[2 * i + 1] = iris[1] + radius * Math.sin(turn);
  }
  return corners;
}
