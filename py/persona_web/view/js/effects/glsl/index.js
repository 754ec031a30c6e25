// The passes for WebGL2, by the names that plans use.

export { VERTEX } from "./common.js";
export * from "./basic.js";
export * from "./blur.js";
export * from "./cartoon.js";
export * from "./flow.js";
export * from "./pixel.js";
export * from "./watercolour.js";
