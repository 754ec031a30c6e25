// Where a turned face hides what is behind it, its edge is a staircase, as a pixel shows one or the
// other; and so small a picture is seen enlarged. Such edges are softened.

const STEP = 0.02; // of the photo's smaller side, in depth: more, and one thing hides another
const APART = 3; // pixels of the scene between the places of the photo that neighbours show
const SOLID = 0.9; // of the person: less, and the photo's own edge is soft already
const TENT = [1, 2, 1];

/** The edges of one scene. */
export class Folds {
  #places = []; // of the pixels to be softened
  #marked;
  #step;
  #apart;
  #colours = new Float32Array(0);
  #seen = new Float32Array(4);

  /**
   * @param {object} scene  of raster.js
   * @param {{width: number, height: number}} photo
   */
  constructor({ width, height, view }, photo) {
    this.#marked = new Uint8Array(width * height);
    this.#step = STEP * Math.min(photo.width, photo.height);
    this.#apart = APART / view.scale;
  }

  /**
   * Softens what was painted of a mesh.
   *
   * @param {object} scene  of raster.js, painted
   * @param {number[]} mouth  its box in the picture (left, top, right, bottom), whose rim is not
   *   an edge of the face
   */
  soften(scene, mouth) {
    this.#find(scene, mouth);
    const places = this.#places, { width, pixels } = scene;
    if (this.#colours.length < 4 * places.length) {
      this.#colours = new Float32Array(8 * places.length);
    }
    places.forEach((at, index) => tent(pixels, at, width, this.#colours, 4 * index));
    places.forEach((at, index) => {
      pixels.set(this.#colours.subarray(4 * index, 4 * index + 4), 4 * at);
      this.#marked[at] = 0;
    });
    places.length = 0;
  }

  #find(scene, mouth) {
    const { width, height, surfaces: { depth } } = scene, step = this.#step;
    for (let row = 1; row < height - 2; row += 1) {
      for (let at = row * width + 1, end = at + width - 3; at < end; at += 1) {
        // Where there is no mesh it is endlessly far: nothing less nothing is no number, and no step.
        const z = depth[at];
        if (Math.abs(z - depth[at + 1]) > step) this.#compare(scene, at, at + 1, mouth);
        if (Math.abs(z - depth[at + width]) > step) this.#compare(scene, at, at + width, mouth);
      }
    }
  }

  #compare(scene, at, next, [left, top, right, bottom]) {
    const { width, view, surfaces: { there } } = scene;
    const isEdge = there[at] && there[next] ? this.#isTorn(scene, at, next) : this.#ends(scene, at, next);
    if (!isEdge) return;
    const x = ((at % width) - view.x) / view.scale, y = (at / width - view.y) / view.scale;
    if (x > left && x < right && y > top && y < bottom) return;
    this.#mark(at);
    this.#mark(next);
  }

  /** Whether two pixels of the mesh show places of the photo that are no neighbours. */
  #isTorn({ surfaces: { u, v } }, at, next) {
    return Math.abs(u[at] - u[next]) + Math.abs(v[at] - v[next]) > this.#apart;
  }

  /** Whether the mesh ends between two pixels, in the middle of the person. */
  #ends({ surfaces: { there, u, v }, photo }, at, next) {
    const last = there[at] ? at : next;
    photo.at(u[last], v[last], this.#seen);
    return this.#seen[3] > 255 * SOLID;
  }

  #mark(at) {
    if (this.#marked[at]) return;
    this.#marked[at] = 1;
    this.#places.push(at);
  }
}

/** A pixel and its eight neighbours as one colour, which counts as far as there is any. */
function tent(pixels, at, width, out, to) {
  let red = 0, green = 0, blue = 0, sum = 0;
  for (let j = -1; j <= 1; j += 1) {
    for (let i = -1; i <= 1; i += 1) {
      const from = 4 * (at + j * width + i);
      const share = TENT[i + 1] * TENT[j + 1] * pixels[from + 3];
      red += share * pixels[from];
      green += share * pixels[from + 1];
      blue += share * pixels[from + 2];
      sum += share;
    }
  }
  out[to] = red / Math.max(sum, 1);
  out[to + 1] = green / Math.max(sum, 1);
  out[to + 2] = blue / Math.max(sum, 1);
  out[to + 3] = sum / 16;
}
