// The portrait's mesh on the CPU: where its vertices are in a frame, and which place of the photo
// each pixel of the scene shows.

import { FIXES, HEAD, IRISES, REST, WEIGHTS } from "../portrait_layout.js";

/** Halves (IEEE 754, 16 bits) as floats; subnormal ones are nought. */
function floats(halves) {
  const table = new Float32Array(65536);
  const bits = new Uint32Array(table.buffer);
  for (let half = 0; half < 65536; half += 1) {
    const exponent = (half >> 10) & 31;
    if (exponent) bits[half] = ((half & 0x8000) << 16) | ((exponent + 112) << 23) | ((half & 1023) << 13);
  }
  return Float32Array.from(halves, (half) => table[half]);
}

/** The vertices of one portrait. */
export class Mesh {
  #points;
  #moves; // three numbers a vertex, move after move
  #pinned = []; // vertex, pin, weight
  #moved;
  #lids;

  /** @param {object} model  as of portrait_webgl.js */
  constructor({ points, pixels, moves, moveCount, pins, pinWeights, triangles }) {
    this.count = points.length / 4;
    this.triangles = triangles;
    this.#points = points;
    this.#moves = new Float32Array(3 * moveCount * this.count);
    const given = floats(moves);
    for (let from = 0, to = 0; from < given.length; from += 4, to += 3) {
      this.#moves.set(given.subarray(from, from + 3), to);
    }
    pinWeights.forEach((weight, at) => {
      if (weight) this.#pinned.push([at >> 2, pins[at], weight]);
    });
    this.#moved = new Float32Array(3 * this.count);
    /** x, y, depth of each vertex in the picture. */
    this.spots = new Float32Array(3 * this.count);
    /** Its place in the photo. */
    this.places = new Float32Array(2 * this.count);
    /** How far it is of a lid that has closed: above 0 the right eye's, below the left's. */
    this.lids = new Float32Array(this.count);
    this.#lids = new Float32Array(2 * this.count);
    for (let vertex = 0; vertex < this.count; vertex += 1) {
      this.places.set(pixels.subarray(4 * vertex, 4 * vertex + 2), 2 * vertex);
      this.#lids.set(pixels.subarray(4 * vertex + 2, 4 * vertex + 4), 2 * vertex);
    }
  }

  /** Bends and turns it. @param {Float32Array} values  PortraitRig.pose */
  pose(values) {
    const count = this.count, size = 3 * count;
    const moved = this.#moved.fill(0), points = this.#points, spots = this.spots;
    for (let from = 0, k = 4 * WEIGHTS; from < this.#moves.length; from += size, k += 1) {
      const weight = values[k];
      if (Math.abs(weight) < 1e-4) continue;
      const move = this.#moves.subarray(from, from + size);
      for (let at = 0; at < size; at += 1) moved[at] += weight * move[at];
    }
    for (const [vertex, pin, weight] of this.#pinned) {
      for (let axis = 0; axis < 3; axis += 1) {
        moved[3 * vertex + axis] += weight * values[4 * (FIXES + pin) + axis];
      }
    }
    for (let axis = 0; axis < 3; axis += 1) {
      const [a, b, c, d] = values.subarray(4 * (HEAD + axis), 4 * (HEAD + axis) + 4);
      const [e, f, g, h] = values.subarray(4 * (REST + axis), 4 * (REST + axis) + 4);
      for (let vertex = 0, at = 0; vertex < count; vertex += 1, at += 3) {
        const from = 4 * vertex, follows = points[from + 3];
        const x = points[from], y = points[from + 1], z = points[from + 2];
        const head = a * x + b * y + c * z + d, rest = e * x + f * y + g * z + h;
        spots[at + axis] = rest + (head - rest) * follows +
          a * moved[at] + b * moved[at + 1] + c * moved[at + 2];
      }
    }
    const right = values[4 * IRISES + 2], left = values[4 * (IRISES + 1) + 2];
    for (let vertex = 0; vertex < count; vertex += 1) {
      this.lids[vertex] = this.#lids[2 * vertex] * right - this.#lids[2 * vertex + 1] * left;
    }
  }
}

/** What a scene's pixels show of the mesh: the nearest surface of each. */
export class Surfaces {
  constructor(width, height) {
    this.width = width;
    this.height = height;
    /** How far it is, as of the mesh's spots; endless where there is none. */
    this.depth = new Float32Array(width * height);
    /** Whether there is any, and with 2 another one behind it, which its soft edge lets through. */
    this.there = new Uint8Array(width * height);
    /** Its place in the photo, and the lid's share. */
    this.u = new Float32Array(width * height);
    this.v = new Float32Array(width * height);
    this.lids = new Float32Array(width * height);
    /** The place in the photo of what is behind it. */
    this.behindU = new Float32Array(width * height);
    this.behindV = new Float32Array(width * height);
  }

  /**
   * @param {Mesh} mesh  posed
   * @param {{scale: number, x: number, y: number}} view  picture to pixels of the scene
   * @param {{width: number, height: number, data: Uint8Array, across: number, down: number}} solid
   *   what of the photo is seen at all: what is not hides nothing behind it
   */
  fill({ spots, places, lids, triangles }, { scale, x: left, y: top }, solid) {
    const { width, height, there, u: us, v: vs, lids: shares } = this;
    const depth = this.depth.fill(Infinity);
    const { data: seen, across, down } = solid;
    const lastColumn = solid.width - 1, lastRow = solid.height - 1;
    there.fill(0);
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
      const az = spots[3 * i + 2], bz = spots[3 * j + 2], cz = spots[3 * k + 2];
      const au = places[2 * i], bu = places[2 * j], cu = places[2 * k];
      const av = places[2 * i + 1], bv = places[2 * j + 1], cv = places[2 * k + 1];
      const al = lids[i], bl = lids[j], cl = lids[k];
      const aStep = (by - cy) / area, bStep = (cy - ay) / area;
      const aDown = (cx - bx) / area, bDown = (ax - cx) / area;
      for (let y = upper; y <= lower; y += 1) {
        let a = aDown * (y - cy) + (first - cx) * aStep;
        let b = bDown * (y - cy) + (first - cx) * bStep;
        let at = y * width + first;
        for (let x = first; x <= last; x += 1, at += 1, a += aStep, b += bStep) {
          const c = 1 - a - b;
          if (a < EDGE || b < EDGE || c < EDGE) continue;
          const z = a * az + b * bz + c * cz;
          if (z > depth[at]) continue;
          const u = a * au + b * bu + c * cu, v = a * av + b * bv + c * cv;
          const column = Math.min(Math.max((u * across) | 0, 0), lastColumn);
          const row = Math.min(Math.max((v * down) | 0, 0), lastRow);
          if (!seen[row * solid.width + column]) continue;
          if (there[at] && z < depth[at] - APART) {
            this.behindU[at] = us[at];
            this.behindV[at] = vs[at];
            there[at] = 2;
          } else if (!there[at]) there[at] = 1;
          depth[at] = z;
          us[at] = u;
          vs[at] = v;
          shares[at] = a * al + b * bl + c * cl;
        }
      }
    }
  }
}

export const EDGE = -1e-4; // weights a little under 0 are inside, so that neighbours leave no gap
const APART = 2; // pixels of the photo in depth: less, and it is a neighbour of one surface

/**
 * What of a photo may be seen, for {@link Surfaces.fill}: any pixel of its matte near which
 * somebody is.
 */
export function solidOf({ width, height, layered, matte }) {
  if (!layered) return { width: 1, height: 1, data: new Uint8Array([1]), across: 0, down: 0 };
  const { width: columns, height: rows, data: values } = matte;
  const data = new Uint8Array(columns * rows);
  for (let y = 0; y < rows; y += 1) {
    for (let x = 0; x < columns; x += 1) {
      let most = 0;
      for (let j = Math.max(0, y - 1); j <= Math.min(rows - 1, y + 1); j += 1) {
        for (let i = Math.max(0, x - 1); i <= Math.min(columns - 1, x + 1); i += 1) {
          most = Math.max(most, values[4 * (j * columns + i)]);
        }
      }
      data[y * columns + x] = most > 0.12 * 255 ? 1 : 0;
    }
  }
  return { width: columns, height: rows, data, across: columns / width, down: rows / height };
}
