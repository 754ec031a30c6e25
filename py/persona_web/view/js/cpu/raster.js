// A portrait painted by the CPU: what portrait_webgl.js has a GPU do, in the same order and by the
// same numbers, for a few ten thousand pixels.

import { fitPhoto } from "../portrait_view.js";
import { paintEyes } from "./eyes.js";
import { Folds } from "./folds.js";
import { Mesh, Surfaces, solidOf } from "./mesh.js";
import { mouthRim, paintMouth } from "./mouth.js";
import { Photo, PhotoView, smoothstep } from "./photo.js";
import { Tiles } from "./rims.js";

/** One size of the scene: what rests on it alone. */
class Scene {
  #backdrop;
  #cutout;

  constructor(model, source, tiles, width, height) {
    const { map, spare } = fitPhoto(model, width, height);
    const scale = (map[0] * width) / 2;
    this.width = width;
    this.height = height;
    /** Picture to pixels of the scene: times `scale`, plus `x` and `y`. */
    this.view = { scale, x: ((map[2] + 1) * width) / 2, y: ((1 - map[3]) * height) / 2 };
    this.photo = new PhotoView(source, scale, spare);
    this.tiles = tiles;
    this.surfaces = new Surfaces(width, height);
    this.folds = new Folds(this, model);
    this.pixels = undefined;
    this.#cutout = Boolean(model.cutout);
    this.#backdrop = this.#cutout
      ? new Uint8ClampedArray(4 * width * height)
      : this.#behind(source);
  }

  /** What is behind the person: the photo's background, completed where they stand. */
  #behind(source) {
    const { width, height, photo, view } = this;
    const out = new Uint8ClampedArray(4 * width * height);
    const plate = new Float32Array(4), inside = new Float32Array(4), around = new Float32Array(4);
    for (let row = 0, at = 0; row < height; row += 1) {
      for (let column = 0; column < width; column += 1, at += 4) {
        const x = (column + 0.5 - view.x) / view.scale, y = (row + 0.5 - view.y) / view.scale;
        const share = photo.share(x, y);
        if (share > 0) photo.at(x, y, inside);
        if (source.layered && share > 0) {
          source.behind(x, y, plate);
          for (let channel = 0; channel < 3; channel += 1) {
            inside[channel] += ((plate[channel] - inside[channel]) * plate[3]) / 255;
          }
        }
        if (share < 1) source.around(x, y, around);
        for (let channel = 0; channel < 3; channel += 1) {
          out[at + channel] = share < 1
            ? around[channel] + (inside[channel] - around[channel]) * share
            : inside[channel];
        }
        out[at + 3] = 255;
      }
    }
    return out;
  }

  /** Begins a frame in `pixels`, four bytes each. */
  begin(pixels) {
    this.pixels = pixels;
    pixels.set(this.#backdrop);
  }

  /** Lays the mesh over it, as the surfaces were filled. */
  paintMesh() {
    const { photo, tiles } = this;
    const { there, u, v, lids, behindU, behindV } = this.surfaces;
    const skin = new Float32Array(4), bare = new Float32Array(4);
    for (let at = 0; at < there.length; at += 1) {
      if (!there[at]) continue;
      const x = u[at], y = v[at], to = 4 * at;
      if (there[at] === 2) {
        photo.at(behindU[at], behindV[at], skin);
        this.blend(to, skin, this.shown(behindU[at], behindV[at], skin));
      }
      photo.at(x, y, skin);
      const alpha = this.shown(x, y, skin);
      const lid = Math.abs(lids[at]);
      if (lid >= 0.01) {
        // A lid that unrolls would draw its lashes out into fur.
        const eye = lids[at] > 0 ? 0 : 1;
        tiles.at(5 + eye, eye, x, y, bare);
        const share = (bare[3] / 255) * smoothstep(0.1, 0.6, lid);
        for (let channel = 0; channel < 3; channel += 1) {
          skin[channel] += (bare[channel] - skin[channel]) * share;
        }
      }
      this.blend(to, skin, alpha);
    }
  }

  /** How much of a place of the photo is seen, whose colour has the person's share. */
  shown(x, y, colour) {
    const { photo } = this;
    return (colour[3] / 255) * (photo.feathered ? photo.share(x, y) : 1);
  }

  /** Lays a colour over the pixel whose bytes begin at `to`. */
  blend(to, colour, alpha) {
    const { pixels } = this;
    if (this.#cutout) {
      // Over what may be transparent: only as far as there is a colour does it count.
      const before = (pixels[to + 3] / 255) * (1 - alpha);
      pixels[to + 3] = 255 * (alpha + before);
      alpha /= Math.max(alpha + before, 1e-6);
    }
    pixels[to] += (colour[0] - pixels[to]) * alpha;
    pixels[to + 1] += (colour[1] - pixels[to + 1]) * alpha;
    pixels[to + 2] += (colour[2] - pixels[to + 2]) * alpha;
  }

  /**
   * Paints into a box of the picture.
   *
   * @param {number[]} box  left, top, right, bottom
   * @param {(x: number, y: number, colour: Float32Array) => number} shade  sets the colour (0 to
   *   255) at a place of the picture, and gives its alpha, 0 to 1
   */
  paint([left, top, right, bottom], shade) {
    const { width, height, view } = this;
    const first = Math.max(0, Math.ceil(left * view.scale + view.x - 0.5));
    const last = Math.min(width - 1, Math.floor(right * view.scale + view.x - 0.5));
    const upper = Math.max(0, Math.ceil(top * view.scale + view.y - 0.5));
    const lower = Math.min(height - 1, Math.floor(bottom * view.scale + view.y - 0.5));
    const colour = new Float32Array(3);
    for (let row = upper; row <= lower; row += 1) {
      const y = (row + 0.5 - view.y) / view.scale;
      for (let column = first; column <= last; column += 1) {
        const alpha = shade((column + 0.5 - view.x) / view.scale, y, colour);
        if (alpha > 0) this.blend(4 * (row * width + column), colour, alpha);
      }
    }
  }
}

/** One portrait. */
export class Raster {
  #model;
  #source;
  #tiles;
  #solid;
  #scene;
  #layers;
  #expressions;

  /**
   * @param {object} model  as of portrait_webgl.js, with `photo` (Uint8Array, four a pixel) in
   *   place of `image`; with `cutout`, what is behind the person is transparent
   * @param {((scene: object, values: Float32Array, mesh: Mesh) => void)[]} layers  what is painted
   *   over the portrait, in order: by `scene.paint`, or into `scene.pixels` where
   *   `scene.surfaces` say which place of the photo is seen
   */
  constructor(model, layers = []) {
    this.#model = model;
    this.#source = new Photo(model);
    this.#tiles = new Tiles(model);
    this.#solid = solidOf(this.#source);
    this.#layers = layers;
    this.mesh = new Mesh(model);
  }

  /** The further pictures of a set, made once: see expressions.js. */
  openExpressions(createExpressions, regions) {
    this.#expressions ??= createExpressions(this.mesh, regions);
    return this.#expressions;
  }

  /**
   * Paints one frame.
   *
   * @param {Float32Array} values  PortraitRig.pose
   * @param {number} width, height  of the scene, pixels
   * @param {Uint8ClampedArray} pixels  four bytes a pixel, to be overwritten
   */
  draw(values, width, height, pixels) {
    if (this.#scene?.width !== width || this.#scene.height !== height) {
      this.#scene = new Scene(this.#model, this.#source, this.#tiles, width, height);
    }
    const scene = this.#scene;
    this.mesh.pose(values);
    scene.surfaces.fill(this.mesh, scene.view, this.#solid);
    scene.begin(pixels);
    scene.paintMesh();
    const set = this.#expressions;
    set?.paintFace(scene, values);
    if (!set?.hidesEyes(values)) paintEyes(scene, values);
    if (!set?.hidesMouth(values)) paintMouth(scene, values);
    set?.paintParts(scene, values);
    for (const layer of this.#layers) layer(scene, values, this.mesh);
  }

  /**
   * Softens the edges at which the face hides something, for pictures that are seen enlarged: what
   * GPUs paint in the size in which it is seen is not softened.
   *
   * @param {Float32Array} values  with which the frame was painted, into the same pixels
   */
  soften(values) {
    const scene = this.#scene;
    scene.folds.soften(scene, mouthRim(values).box(2 / scene.view.scale));
  }
}
