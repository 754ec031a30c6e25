// A portrait's photo as the CPU samples it: reduced to about the scene's pixels, once a size, so
// that a pixel takes one place of it. Channels are 0 to 255.

/** Half as wide and high, each pixel taken between four, or nearly: a GPU's next mipmap. */
function halved(picture) {
  const width = Math.max(1, picture.width >> 1), height = Math.max(1, picture.height >> 1);
  const data = new Uint8ClampedArray(4 * width * height);
  const taken = new Float32Array(4);
  const across = picture.width / width, down = picture.height / height;
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 4) {
      sample(picture, (x + 0.5) * across, (y + 0.5) * down, taken);
      data.set(taken, at);
    }
  }
  return { width, height, data };
}

/** A place in [0, length], mirrored at both ends as often as it takes. */
function mirrored(place, length) {
  if (place >= 0 && place <= length) return place;
  const folded = Math.abs(place) % (2 * length);
  return folded > length ? 2 * length - folded : folded;
}

/**
 * A picture between its pixels, its border repeated.
 *
 * @param {{width: number, height: number, data: Uint8ClampedArray}} picture  four a pixel
 * @param {number} x, y  in pixels, whose centres have halves
 * @param {Float32Array} out  four numbers
 */
export function sample({ width, height, data }, x, y, out) {
  const u = Math.min(Math.max(x - 0.5, 0), width - 1);
  const v = Math.min(Math.max(y - 0.5, 0), height - 1);
  const column = u | 0, row = v | 0;
  const s = u - column, t = v - row;
  const at = 4 * (row * width + column);
  const right = column + 1 < width ? 4 : 0, down = row + 1 < height ? 4 * width : 0;
  const a = (1 - s) * (1 - t), b = s * (1 - t), c = (1 - s) * t, d = s * t;
  for (let channel = 0; channel < 4; channel += 1) {
    const from = at + channel;
    out[channel] =
      a * data[from] + b * data[from + right] + c * data[from + down] + d * data[from + right + down];
  }
}

/** A picture's levels, each half the size of the one before, made when they are wanted. */
export class Levels {
  #levels;

  /** @param {{width: number, height: number, data: Uint8Array}} picture  four a pixel */
  constructor(picture) {
    this.#levels = [picture];
  }

  at(number) {
    const levels = this.#levels;
    while (levels.length <= number) levels.push(halved(levels[levels.length - 1]));
    return levels[number];
  }

  /**
   * A picture for a scale: two levels mixed as a GPU does.
   *
   * @param {number} scale  pixels of the scene a pixel of the picture
   * @param {number} bias  added to the level
   */
  reduced(scale, bias = -0.5) {
    const level = Math.max(0, Math.log2(1 / scale) + bias);
    const lower = Math.floor(level), share = level - lower;
    const fine = this.at(lower), coarse = this.at(lower + 1);
    const { width, height } = fine;
    const data = new Uint8ClampedArray(fine.data.length);
    const taken = new Float32Array(4);
    for (let y = 0, at = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) {
        sample(
          coarse, ((x + 0.5) * coarse.width) / width, ((y + 0.5) * coarse.height) / height, taken,
        );
        for (let channel = 0; channel < 4; channel += 1, at += 1) {
          data[at] = fine.data[at] * (1 - share) + taken[channel] * share;
        }
      }
    }
    return { width, height, data };
  }
}

/** One photo and who is the person in it. */
export class Photo {
  #levels;

  /**
   * @param {object} model  as of portrait_webgl.js, with `photo` (Uint8Array, four a pixel) in
   *   place of `image`
   */
  constructor({ width, height, photo, matte, plate, matteWidth, matteHeight, cutout }) {
    // A matte's soft edge has a part of what is behind: nobody minds where that is seen.
    this.edge = cutout ? [0.35, 0.9] : [0.12, 0.6];
    this.width = width;
    this.height = height;
    this.layered = matte !== undefined;
    this.#levels = new Levels({ width, height, data: photo });
    if (!this.layered) return;
    this.plate = { width: matteWidth, height: matteHeight, data: plate };
    // In all four channels, so that one function samples it.
    const four = new Uint8ClampedArray(4 * matte.length);
    for (let at = 0; at < four.length; at += 1) four[at] = matte[at >> 2];
    this.matte = { width: matteWidth, height: matteHeight, data: four };
  }

  /** The photo for a scale, with its alpha the share of a pixel that is the person. */
  reduced(scale) {
    const picture = this.#levels.reduced(scale);
    const { width, height, data } = picture;
    const across = this.width / width, down = this.height / height;
    const taken = new Float32Array(4);
    for (let y = 0, at = 3; y < height; y += 1) {
      for (let x = 0; x < width; x += 1, at += 4) {
        data[at] = 255 * this.#person((x + 0.5) * across, (y + 0.5) * down, taken);
      }
    }
    return picture;
  }

  #person(x, y, taken) {
    if (!this.layered) return 1;
    const { width, height } = this.matte;
    sample(this.matte, (x * width) / this.width, (y * height) / this.height, taken);
    return smoothstep(...this.edge, taken[0] / 255);
  }

  /** The plate, mirrored beyond its border, at a place of the photo. */
  behind(x, y, out) {
    const { width, height } = this.plate;
    sample(
      this.plate, mirrored((x * width) / this.width, width),
      mirrored((y * height) / this.height, height), out,
    );
  }

  /** What surrounds the photo: its blurred mirror image. */
  around(x, y, out) {
    if (!this.layered) {
      const coarse = this.#levels.at(5);
      const u = mirrored((x * coarse.width) / this.width, coarse.width);
      sample(coarse, u, mirrored((y * coarse.height) / this.height, coarse.height), out);
      return;
    }
    const sum = [0, 0, 0];
    for (let j = -2; j <= 2; j += 1) {
      for (let i = -2; i <= 2; i += 1) {
        this.behind(x + 0.015 * i * this.width, y + 0.015 * j * this.height, out);
        for (let channel = 0; channel < 3; channel += 1) sum[channel] += out[channel];
      }
    }
    for (let channel = 0; channel < 3; channel += 1) out[channel] = sum[channel] / 25;
  }
}

/** The photo in one view. */
export class PhotoView {
  /**
   * @param {Photo} photo
   * @param {number} scale  pixels of the scene a pixel of the photo
   * @param {Float32Array} spare  of fitPhoto
   */
  constructor(photo, scale, spare) {
    this.photo = photo;
    this.picture = photo.reduced(scale);
    this.feathered = spare[0] > 0 || spare[1] > 0;
    this.across = this.picture.width / photo.width;
    this.down = this.picture.height / photo.height;
    this.#spare = spare;
    this.#rim = 0.03 * Math.min(photo.width, photo.height);
  }

  #spare;
  #rim;

  /** How much of a place is the photo, where the scene may be larger: inPhoto of the shaders. */
  share(x, y) {
    const { width } = this.photo; // it stands on the floor
    const u = Math.min(x, width - x) / this.#rim + 2 * (1 - this.#spare[0]);
    const v = y / this.#rim + 2 * (1 - this.#spare[1]);
    return smoothstep(0, 1, Math.min(u, v));
  }

  /** The photo, mirrored beyond its border; its alpha is the person. */
  at(x, y, out) {
    const { width, height } = this.photo;
    sample(this.picture, mirrored(x, width) * this.across, mirrored(y, height) * this.down, out);
  }
}

export function smoothstep(low, high, value) {
  const share = Math.min(Math.max((value - low) / (high - low), 0), 1);
  return share * share * (3 - 2 * share);
}
