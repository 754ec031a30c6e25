// The noise that effects read: one picture, the same in every browser and for ever, so that
// nothing flickers and every graphics API paints alike.

export const NOISE_SIZE = 256;

/** A generator of whole numbers below 2^32 (Marsaglia 2003, "Xorshift RNGs", 13-17-5). */
function xorshift(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** Random heights on a grid of `cells` x `cells`, smoothly joined, repeating without a seam. */
function addLattice(sum, cells, weight, next) {
  const heights = Float32Array.from({ length: cells * cells }, () => next() / 2 ** 31 - 1);
  const places = Array.from({ length: NOISE_SIZE }, (_, i) => {
    const at = (i * cells) / NOISE_SIZE, low = Math.floor(at), part = at - low;
    return [low, (low + 1) % cells, part * part * (3 - 2 * part)];
  });
  for (let y = 0; y < NOISE_SIZE; y++) {
    const [y0, y1, t] = places[y];
    for (let x = 0; x < NOISE_SIZE; x++) {
      const [x0, x1, s] = places[x];
      const top = heights[y0 * cells + x0] * (1 - s) + heights[y0 * cells + x1] * s;
      const bottom = heights[y1 * cells + x0] * (1 - s) + heights[y1 * cells + x1] * s;
      sum[y * NOISE_SIZE + x] += weight * (top * (1 - t) + bottom * t);
    }
  }
}

/** Noise of several octaves, from `coarsest` cells a side on, with mean 1/2 and deviation 1/6. */
function octaves(coarsest, finest, falloff, seed) {
  const next = xorshift(seed);
  const sum = new Float32Array(NOISE_SIZE * NOISE_SIZE);
  let weight = 1;
  for (let cells = coarsest; cells <= finest; cells *= 2, weight *= falloff) {
    addLattice(sum, cells, weight, next);
  }
  let mean = 0, square = 0;
  for (const value of sum) {
    mean += value / sum.length;
    square += (value * value) / sum.length;
  }
  const deviation = Math.sqrt(square - mean * mean);
  return sum.map((value) => 0.5 + (value - mean) / (6 * deviation));
}

/**
 * RGBA8 bytes of a tile of noise that repeats without a seam: red is the tooth of paper, green
 * the slow clouding of a wash, blue and alpha push outlines about.
 */
export function createNoise() {
  const channels = [
    octaves(64, 256, 0.8, 0x2545f491),
    octaves(4, 64, 0.6, 0x9e3779b9),
    octaves(16, 128, 0.55, 0x7f4a7c15),
    octaves(16, 128, 0.55, 0x1b873593),
  ];
  const bytes = new Uint8Array(4 * NOISE_SIZE * NOISE_SIZE);
  for (let i = 0; i < bytes.length; i++) {
    const value = channels[i & 3][i >> 2];
    bytes[i] = Math.min(255, Math.max(0, Math.round(255 * value)));
  }
  return bytes;
}
