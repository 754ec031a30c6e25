// What this browser can do for drawing, told apart by capability and never by a browser's name.
// Plain data out; nothing here throws. The fields are read by persona_core.graphics.capabilities.

import { requestAdapter } from "./gpu_device.js";

const INFO = ["vendor", "architecture", "device", "description"];
const LIMITS = [
  "maxTextureDimension2D",
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupStorageSize",
];
// Names of rasterisers that run on the CPU, wherever a driver tells its own.
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|software|basic render|warp/i;

// A module of one function that returns an i8x16: valid only where SIMD is.
const SIMD_MODULE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15,
  253, 98, 11,
]);

async function probeWebGPU() {
  if (!navigator.gpu) return { api: false };
  try {
    const adapter = await requestAdapter();
    if (!adapter) return { api: true, adapter: false };
    const told = adapter.info ?? {};
    const info = Object.fromEntries(INFO.map((name) => [name, String(told[name] ?? "")]));
    return {
      api: true,
      adapter: true,
      info,
      limits: Object.fromEntries(LIMITS.map((name) => [name, Number(adapter.limits[name] ?? 0)])),
      features: [...adapter.features].map(String),
      software:
        told.isFallbackAdapter === true ||
        adapter.isFallbackAdapter === true ||
        SOFTWARE.test(Object.values(info).join(" ")),
    };
  } catch (error) {
    return { api: true, adapter: false, error: String(error?.message ?? error) };
  }
}

function probeWebGL() {
  try {
    // Not an OffscreenCanvas: where WebGL is switched off, that may have it all the same.
    const context = document.createElement("canvas").getContext("webgl2");
    if (!context) return { context: false };
    const unmasked = context.getExtension("WEBGL_debug_renderer_info");
    const name = unmasked ? unmasked.UNMASKED_RENDERER_WEBGL : context.RENDERER;
    const renderer = String(context.getParameter(name) ?? "");
    const maxTexture = Number(context.getParameter(context.MAX_TEXTURE_SIZE) ?? 0);
    // Browsers allow a page few contexts: this one is not left to the garbage collector.
    context.getExtension("WEBGL_lose_context")?.loseContext();
    return { context: true, renderer, maxTexture, software: SOFTWARE.test(renderer) };
  } catch {
    return { context: false };
  }
}

const validates = (module) => {
  try {
    return WebAssembly.validate(module);
  } catch {
    return false;
  }
};

async function look() {
  return {
    webgpu: await probeWebGPU(),
    webgl: probeWebGL(),
    wasm: "WebAssembly" in globalThis,
    wasmSimd: validates(SIMD_MODULE),
    wasmThreads: globalThis.crossOriginIsolated === true && "SharedArrayBuffer" in globalThis,
    isolated: globalThis.crossOriginIsolated === true,
    cores: Number(navigator.hardwareConcurrency ?? 1),
    memoryGb: Number(navigator.deviceMemory ?? 0),
  };
}

let found;

/** Everything, as one plain object; looked for once a page, however often it is asked for. */
export function probe() {
  found ??= look();
  return found;
}
