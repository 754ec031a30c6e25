// What of the portrait lies inside a rim: distances to it, and the tiles that are seen there.

import { RIMS } from "../portrait_layout.js";
import { sample } from "./photo.js";

const TILES = 7; // in the atlas, side by side

/** The openings' rims in one frame. */
export class Rim {
  /**
   * @param {Float32Array} values  PortraitRig.pose
   * @param {number} first, count  of the rims' points
   */
  constructor(values, first, count) {
    this.points = values.subarray(4 * RIMS + 2 * first, 4 * RIMS + 2 * (first + count));
    this.count = count;
    /** Pixels of the picture to the lower side (the first half of the points), to the upper one. */
    this.lower = this.upper = 0;
    this.inside = false;
  }

  /** Its box in the picture, widened by a margin: left, top, right, bottom. */
  box(margin) {
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = 0; i < this.points.length; i += 2) {
      box[0] = Math.min(box[0], this.points[i] - margin);
      box[1] = Math.min(box[1], this.points[i + 1] - margin);
      box[2] = Math.max(box[2], this.points[i] + margin);
      box[3] = Math.max(box[3], this.points[i + 1] + margin);
    }
    return box;
  }

  /** Measures from a place of the picture. */
  measure(x, y) {
    const { points, count } = this;
    let lower = 1e9, upper = 1e9, inside = false;
    let ax = points[0], ay = points[1];
    for (let i = 0; i < count; i += 1) {
      const next = i + 1 === count ? 0 : 2 * (i + 1);
      const bx = points[next], by = points[next + 1];
      const across = bx - ax, down = by - ay, u = x - ax, v = y - ay;
      const along = (u * across + v * down) / Math.max(across * across + down * down, 1e-9);
      const share = Math.min(Math.max(along, 0), 1);
      const p = u - across * share, q = v - down * share;
      const gap = p * p + q * q;
      if (i < count >> 1) lower = Math.min(lower, gap);
      else upper = Math.min(upper, gap);
      if (ay > y !== by > y && x < ax + (v * across) / down) inside = !inside;
      ax = bx;
      ay = by;
    }
    this.lower = Math.sqrt(lower);
    this.upper = Math.sqrt(upper);
    this.inside = inside;
  }
}

/** The tiles of a portrait, and its look's numbers. */
export class Tiles {
  #atlas;

  constructor({ atlas, atlasWidth, atlasHeight, look }) {
    this.#atlas = { width: atlasWidth, height: atlasHeight, data: atlas };
    this.look = look;
  }

  /** A tile's colours where the photo has (x, y); `square` is the vector of the look. */
  at(tile, square, x, y, out) {
    const [left, top, side] = [4 * square, 4 * square + 1, 4 * square + 2].map((i) => this.look[i]);
    const u = Math.min(Math.max((x - left) / side, 0.004), 0.996);
    const v = Math.min(Math.max((y - top) / side, 0.004), 0.996);
    const { width, height } = this.#atlas;
    sample(this.#atlas, ((tile + u) * width) / TILES, v * height, out);
  }
}
