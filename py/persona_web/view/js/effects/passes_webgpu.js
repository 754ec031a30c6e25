// Runs a plan of passes by WebGPU.

import { NOISE_SIZE, createNoise } from "./noise.js";
import * as shaders from "./wgsl/index.js";

export const FORMAT = "rgba8unorm"; // of the scene and of every texture between passes
const SLOT_BYTES = 256; // the coarsest alignment a device may ask for
const MOST_PASSES = 32; // the last slot is the single pass's

/** A texture in video memory, as `memory` counts it: 4 bytes a pixel. */
export function createTexture(device, memory, width, height, usage, format = FORMAT) {
  const texture = device.createTexture({ size: { width, height }, format, usage });
  memory.bytes += 4 * width * height;
  return { texture, view: texture.createView(), width, height, format };
}

export function deleteTexture(memory, target) {
  target.texture.destroy();
  memory.bytes -= 4 * target.width * target.height;
}

/**
 * @param {GPUDevice} device
 * @param {{bytes: number}} memory  counts what is allocated here
 */
export function createPasses(device, memory) {
  const pipelines = new Map();
  const layouts = [];
  const modules = new Map();
  const clamped = device.createSampler({ magFilter: "linear", minFilter: "linear" });
  const tiled = device.createSampler({
    magFilter: "linear", minFilter: "linear", addressModeU: "repeat", addressModeV: "repeat",
  });
  const numbers = device.createBuffer({
    size: SLOT_BYTES * MOST_PASSES, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
  });
  memory.bytes += SLOT_BYTES * MOST_PASSES;
  let targets = new Map(); // by the plan's names
  let steps = [];
  let noise = null;

  function layoutOf(count) {
    if (!layouts[count]) {
      const visibility = GPUShaderStage.FRAGMENT;
      const entries = [
        { binding: 0, visibility, buffer: {} },
        { binding: 1, visibility, sampler: {} },
        { binding: 2, visibility, sampler: {} },
      ];
      for (let i = 0; i < count; i++) entries.push({ binding: 3 + i, visibility, texture: {} });
      layouts[count] = device.createBindGroupLayout({ entries });
    }
    return layouts[count];
  }

  function pipelineOf(name, format) {
    const key = `${name} ${format}`;
    if (!pipelines.has(key)) {
      const { count, source } = shaders[name];
      if (!modules.has(name)) {
        modules.set(name, device.createShaderModule({ label: name, code: source }));
      }
      const module = modules.get(name);
      const layout = device.createPipelineLayout({ bindGroupLayouts: [layoutOf(count)] });
      const pipeline = device.createRenderPipeline({
        label: key,
        layout,
        vertex: { module, entryPoint: "corner" },
        fragment: { module, entryPoint: "paint", targets: [{ format }] },
      });
      pipelines.set(key, pipeline);
    }
    return pipelines.get(key);
  }

  function noiseTexture() {
    if (noise === null) {
      const usage = GPUTextureUsage.TEXTURE_BINDING | GPUTextureUsage.COPY_DST;
      noise = createTexture(device, memory, NOISE_SIZE, NOISE_SIZE, usage);
      device.queue.writeTexture(
        { texture: noise.texture }, createNoise(), { bytesPerRow: 4 * NOISE_SIZE },
        { width: NOISE_SIZE, height: NOISE_SIZE },
      );
    }
    return noise;
  }

  function createStep({ shader, inputs, values }, index, targetOf, output) {
    const offset = index * SLOT_BYTES;
    device.queue.writeBuffer(numbers, offset, values);
    const entries = [
      { binding: 0, resource: { buffer: numbers, offset, size: values.byteLength } },
      { binding: 1, resource: clamped },
      { binding: 2, resource: tiled },
      ...inputs.map((name, i) => ({ binding: 3 + i, resource: targetOf(name).view })),
    ];
    const attachment = { view: output.view, loadOp: "clear", storeOp: "store" };
    return {
      pipeline: pipelineOf(shader, output.format),
      group: device.createBindGroup({ layout: layoutOf(inputs.length), entries }),
      attachment,
      descriptor: { colorAttachments: [attachment] },
    };
  }

  /** Makes ready what a plan needs, keeping what fits; only the canvas' view changes in run(). */
  function prepare(plan, scene, canvasFormat) {
    const spare = [...targets.values()];
    targets = new Map();
    const usage = GPUTextureUsage.TEXTURE_BINDING | GPUTextureUsage.RENDER_ATTACHMENT;
    const targetOf = (name) => {
      if (name === "scene") return scene;
      if (name === "canvas") return { view: null, format: canvasFormat };
      if (name === "noise") return noiseTexture();
      if (!targets.has(name)) {
        const { width, height } = plan.targets.get(name);
        const at = spare.findIndex((t) => t.width === width && t.height === height);
        const target =
          at < 0 ? createTexture(device, memory, width, height, usage) : spare.splice(at, 1)[0];
        targets.set(name, target);
      }
      return targets.get(name);
    };
    steps = plan.passes.map((pass, i) => createStep(pass, i, targetOf, targetOf(pass.output)));
    for (const target of spare) deleteTexture(memory, target);
  }

  /** A single pass that is in no plan; only the one made last may be drawn. */
  function prepareOne(shader, input, output) {
    const values = new Float32Array(16);
    values.set([1 / input.width, 1 / input.height, output.width, output.height]);
    return createStep({ shader, inputs: [input], values }, MOST_PASSES - 1, (it) => it, output);
  }

  function draw(encoder, step) {
    const pass = encoder.beginRenderPass(step.descriptor);
    pass.setPipeline(step.pipeline);
    pass.setBindGroup(0, step.group);
    pass.draw(3);
    pass.end();
  }

  function run(encoder, canvasView) {
    // The canvas, which the last pass paints, has another texture every frame.
    steps.at(-1).attachment.view = canvasView;
    for (const step of steps) draw(encoder, step);
  }

  function close() {
    for (const target of targets.values()) deleteTexture(memory, target);
    if (noise) deleteTexture(memory, noise);
    numbers.destroy();
    memory.bytes -= SLOT_BYTES * MOST_PASSES;
    targets.clear();
    pipelines.clear();
    steps = [];
    noise = null;
  }

  return { prepare, prepareOne, draw, run, close };
}
