// Draws a model's pictures on a canvas as the app does on WebGPU, and counts what is held.
//
// The page has the app's scripts under /web, the vendor's files under /vendor, and the model's
// two graphs as /features.onnx and /frame.onnx.

const SIZE = 64;

const live = { buffers: 0, textures: 0, bytes: 0 };
const memories = [];

/** From here on, GPU objects and wasm memories are counted. */
function watch() {
  for (const [maker, kind, counter] of [
    ["createBuffer", GPUBuffer, "buffers"],
    ["createTexture", GPUTexture, "textures"],
  ]) {
    const make = GPUDevice.prototype[maker];
    GPUDevice.prototype[maker] = function (...given) {
      const made = make.apply(this, given);
      live[counter] += 1;
      live.bytes += made.size ?? 0;
      return made;
    };
    const gone = new WeakSet();
    const destroy = kind.prototype.destroy;
    kind.prototype.destroy = function () {
      if (!gone.has(this)) {
        live[counter] -= 1;
        live.bytes -= this.size ?? 0;
      }
      gone.add(this);
      return destroy.apply(this);
    };
  }
  WebAssembly.Memory = class extends WebAssembly.Memory {
    constructor(descriptor) {
      super(descriptor);
      memories.push(this);
    }
  };
}

/** What is held now: GPU buffers, textures, bytes of buffers, bytes of wasm memory. */
export const held = () => ({
  ...live,
  wasm: memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0),
});

/** Opens the model; gives `frames(from, to)`, which draws them and gives the errors so far. */
export async function open(bundle) {
  watch();
  const { sharedDevice } = await import("/web/bridge/graphics/gpu_device.js");
  const { openWebGpu } = await import("/web/bridge/neural/inference.js");
  const { openSurface } = await import("/web/view/js/surface_webgpu.js");
  const { createPicture } = await import("/web/view/js/neural_webgpu.js");
  const device = await sharedDevice();
  const errors = [];
  device.onuncapturederror = ({ error }) => errors.push(error.message);
  const vendor = `${location.origin}/vendor/ort/`;
  const host = await openWebGpu(device, { ort: vendor + bundle, wasm: vendor });
  for (const name of ["features", "frame"]) {
    await host.create(name, await (await fetch(`/${name}.onnx`)).arrayBuffer());
  }
  await host.created();

  const canvas = document.createElement("canvas");
  document.body.append(canvas);
  const surface = await openSurface(canvas, (reason) => errors.push(reason), device);
  surface.resize(SIZE, SIZE, 1);
  const triangles = new Uint16Array([0, 1, 2, 2, 1, 3]);
  const painter = createPicture(surface, { width: SIZE, height: SIZE, vertices: 4, triangles });
  const corners = new Float32Array([0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0, 1, 1, 1, 1, 1]);

  const pixels = new Float32Array(3 * SIZE * SIZE).fill(0.5);
  const portrait = { type: "float32", dims: [1, 3, SIZE, SIZE], data: pixels };
  const parameters = { type: "float32", dims: [1, 1, 1, 1], data: new Float32Array(1) };
  await host.run(["features"], { portrait }, { face: "face" });
  return async function frames(from, to) {
    for (let frame = from; frame < to; frame += 1) {
      parameters.data[0] = (frame % 10) / 10;
      await host.run(["frame"], { parameters }, { face: "face" });
      painter.take(host.slot("image", "face"));
      painter.draw(corners);
      surface.present();
    }
    return errors;
  };
}
