// The passes for WebGPU, by the names that plans use.

export { copy, reduce, sharpen } from "./basic.js";
export { backdrop, backdropBlur, backdropMix } from "./blur.js";
export { bilateral, cartoon, lines, ridges } from "./cartoon.js";
export { flow, tensor, tensorBlur } from "./flow.js";
export { cells, palette, pixel } from "./pixel.js";
export { washes, watercolour } from "./watercolour.js";
