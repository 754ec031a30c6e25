// The passes for WebGPU, by the names that plans use.

export * from "./basic.js";
export * from "./blur.js";
export * from "./cartoon.js";
export * from "./flow.js";
export * from "./pixel.js";
export * from "./watercolour.js";
