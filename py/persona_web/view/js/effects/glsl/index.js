// The passes for WebGL2, by the names that plans use.

export { VERTEX } from "./common.js";
export { copy, reduce, sharpen, turn } from "./basic.js";
export { backdrop, backdropBlur, backdropMix } from "./blur.js";
export { bilateral, cartoon, lines, ridges } from "./cartoon.js";
export { flow, tensor, tensorBlur } from "./flow.js";
export { cells, palette, pixel } from "./pixel.js";
export { washes, watercolour } from "./watercolour.js";
