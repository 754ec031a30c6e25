// A whole picture of LivePortrait-Lite on the CPU, where there is no GPU: the photo's crop bent by
// its landmarks, changed by the nets at mouth and eyes.

import { fillTriangles, sample } from "./lite_raster.js";

/** Draws pictures of one photo. */
export class LitePicture {
  #photo;
  #side;
  #depth;
  #places;

  /** @param {{width: number, height: number, data: Float32Array}} photo  the square crop */
  constructor(photo) {
    const { width: side } = photo;
    this.#photo = { ...photo, channels: 3 };
    this.#side = side;
    this.#depth = new Float32Array(side * side);
    this.#places = new Float32Array(2 * side * side);
    /** Planes of red, green and blue, 0 to 1. */
    this.planes = new Float32Array(3 * side * side);
  }

  /**
   * @param {{mesh: object, frames: object[]}} drawn  of LiteInputs
   * @param {{change: Float32Array, strength: number}[]} patches  of each frame: planes of what is
   *   added, and how much of it
   * @param {number} feather  pixels of a patch over which it fades towards its border
   */
  draw({ mesh, frames }, patches, feather) {
    const side = this.#side;
    for (let row = 0, at = 0; row < side; row += 1) {
      for (let column = 0; column < side; column += 1, at += 2) {
        this.#places[at] = column;
        this.#places[at + 1] = row;
      }
    }
    const { goals, origins, triangles } = mesh;
    fillTriangles(goals, origins, triangles, side, this.#depth, this.#places);
    sample(this.#photo, this.#places, this.planes);
    frames.forEach((frame, number) => this.#add(frame, patches[number], feather));
  }

  #add(frame, { change, strength }, feather) {
    if (!strength) return;
    const side = this.#side, area = side * side;
    const { size, a, b, c, d, x, y } = frame;
    const plane = size * size;
    const reach = size / Math.hypot(a, c) / Math.SQRT2 + 1; // of the patch from its middle
    const [left, top] = frame.toPhoto(size / 2, size / 2);
    const [first, last, upper, lower] = [left - reach, left + reach, top - reach, top + reach].map(
      (value) => Math.min(side - 1, Math.max(0, Math.round(value))),
    );
    for (let row = upper; row <= lower; row += 1) {
      for (let column = first; column <= last; column += 1) {
        const u = a * column + b * row + x, v = c * column + d * row + y;
        const room = Math.min(u, v, size - 1 - u, size - 1 - v) + 0.5;
        if (room <= 0) continue;
        const share = strength * ramp(Math.min(u, size - 1 - u), feather) *
          ramp(Math.min(v, size - 1 - v), feather);
        const s = Math.min(Math.max(u, 0), size - 1), t = Math.min(Math.max(v, 0), size - 1);
        const i = Math.min(Math.trunc(s), size - 2), j = Math.min(Math.trunc(t), size - 2);
        const from = j * size + i, across = s - i, down = t - j;
        for (let channel = 0; channel < 3; channel += 1) {
          const at = channel * plane + from;
          const above = change[at] * (1 - across) + change[at + 1] * across;
          const below = change[at + size] * (1 - across) + change[at + size + 1] * across;
          this.planes[channel * area + row * side + column] +=
            share * (above * (1 - down) + below * down);
        }
      }
    }
  }
}

function ramp(room, feather) {
  const share = Math.min(Math.max((room + 0.5) / feather, 0), 1);
  return share * share * (3 - 2 * share);
}
