// Paints a portrait into a WebGPU surface: what portrait_webgl.js does, from the same model and
// the same uniforms.

import { VECTORS } from "./portrait_layout.js";
import { fitPhoto } from "./portrait_view.js";
import * as shaders from "./portrait_wgsl.js";

const MOVES_WIDTH = 2048; // the shader knows it
const VIEW_FLOATS = 16;
const OVER = {
  color: { srcFactor: "src-alpha", dstFactor: "one-minus-src-alpha" },
  alpha: { srcFactor: "one", dstFactor: "one-minus-src-alpha" },
};
export const LAID_ON = { ...OVER, alpha: { srcFactor: "zero", dstFactor: "one" } }; // the matte stays

/**
 * @param {object} model  as for portrait_webgl.js
 * @param {Function} [createLayer]  what is drawn over the portrait, as in lite_webgpu.js
 */
export function createPortrait(surface, model, createLayer = undefined) {
  const { device } = surface;
  const count = model.points.length / 4;
  const owned = [];
  let bytes = 0;
  let halving;

  function buffer(data, usage) {
    const size = Math.ceil(data.byteLength / 4) * 4;
    const made = device.createBuffer({ size, usage, mappedAtCreation: true });
    new Uint8Array(made.getMappedRange()).set(
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    );
    made.unmap();
    owned.push(made);
    bytes += size;
    return made;
  }

  function texture(format, width, height, data, pixelBytes) {
    const usage = GPUTextureUsage.TEXTURE_BINDING | GPUTextureUsage.COPY_DST;
    const made = device.createTexture({ size: { width, height }, format, usage });
    device.queue.writeTexture(
      { texture: made }, data, { bytesPerRow: width * pixelBytes }, { width, height },
    );
    owned.push(made);
    bytes += width * height * pixelBytes;
    return made;
  }

  /** A texture of a picture, with all its levels. */
  function uploadPicture(image) {
    const { width, height } = image;
    const mipLevelCount = 1 + Math.floor(Math.log2(Math.max(width, height)));
    const made = device.createTexture({
      size: { width, height }, format: "rgba8unorm", mipLevelCount,
      usage:
        GPUTextureUsage.TEXTURE_BINDING |
        GPUTextureUsage.COPY_DST |
        GPUTextureUsage.RENDER_ATTACHMENT,
    });
    owned.push(made);
    bytes += Math.ceil((4 * 4 * width * height) / 3);
    device.queue.copyExternalImageToTexture(
      { source: image }, { texture: made }, { width, height },
    );
    halving ??= createHalving();
    const sampler = device.createSampler({ minFilter: "linear", magFilter: "linear" });
    const encoder = device.createCommandEncoder();
    const level = (at) => made.createView({ baseMipLevel: at, mipLevelCount: 1 });
    for (let at = 1; at < mipLevelCount; at += 1) {
      const pass = encoder.beginRenderPass({
        colorAttachments: [{ view: level(at), loadOp: "clear", storeOp: "store" }],
      });
      pass.setPipeline(halving);
      pass.setBindGroup(0, device.createBindGroup({
        layout: halving.getBindGroupLayout(0),
        entries: [{ binding: 0, resource: sampler }, { binding: 1, resource: level(at - 1) }],
      }));
      pass.draw(3);
      pass.end();
    }
    device.queue.submit([encoder.finish()]);
    return made;
  }

  function createHalving() {
    const module = device.createShaderModule({ code: shaders.HALVE });
    return device.createRenderPipeline({
      layout: "auto",
      vertex: { module, entryPoint: "corner" },
      fragment: { module, entryPoint: "paint", targets: [{ format: "rgba8unorm" }] },
    });
  }

  function uploadMoves() {
    const rows = Math.ceil(model.moves.length / 4 / MOVES_WIDTH);
    const padded = new Uint16Array(4 * MOVES_WIDTH * rows);
    padded.set(model.moves);
    return texture("rgba16float", MOVES_WIDTH, rows, padded, 8);
  }

  const [matteWidth, matteHeight] = model.matte ? [model.matteWidth, model.matteHeight] : [1, 1];
  const matte = model.matte ?? new Uint8Array([255]);
  const plate = model.plate ?? new Uint8Array(4);
  const textures = {
    photo: uploadPicture(model.image),
    matte: texture("r8unorm", matteWidth, matteHeight, matte, 1),
    plate: texture("rgba8unorm", matteWidth, matteHeight, plate, 4),
    atlas: texture("rgba8unorm", model.atlasWidth, model.atlasHeight, model.atlas, 4),
    moves: uploadMoves(),
  };
  const uniform = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;
  const frame = buffer(new Float32Array(VECTORS * 4), uniform);
  const look = buffer(model.look, uniform);
  const viewValues = new Float32Array(VIEW_FLOATS);
  const view = buffer(viewValues, uniform);
  const attributes = [
    [model.points, 16, "float32x4"], [model.pixels, 16, "float32x4"],
    [model.pins, 4, "uint8x4"], [model.pinWeights, 16, "float32x4"],
  ];
  const vertices = attributes.map(([data]) => buffer(data, GPUBufferUsage.VERTEX));
  const triangles = buffer(model.triangles, GPUBufferUsage.INDEX);

  const visibility = GPUShaderStage.VERTEX | GPUShaderStage.FRAGMENT;
  const unfiltered = { texture: { sampleType: "unfilterable-float" } };
  const bound = [
    [{ buffer: {} }, { buffer: frame }],
    [{ buffer: {} }, { buffer: look }],
    [{ buffer: {} }, { buffer: view }],
    [{ sampler: {} }, device.createSampler({ minFilter: "linear", magFilter: "linear" })],
    [{ sampler: {} }, device.createSampler({
      minFilter: "linear", magFilter: "linear", mipmapFilter: "linear",
      addressModeU: "mirror-repeat", addressModeV: "mirror-repeat",
    })],
    ...["photo", "matte", "plate", "atlas", "moves"].map((name) => [
      name === "moves" ? unfiltered : { texture: {} }, textures[name].createView(),
    ]),
  ];
  const groupLayout = device.createBindGroupLayout({
    entries: bound.map(([kind], binding) => ({ binding, visibility, ...kind })),
  });
  const group = device.createBindGroup({
    layout: groupLayout,
    entries: bound.map(([, resource], binding) => ({ binding, resource })),
  });

  function pipeline(label, code, { entryPoint = "corner", blend, depth = "always", ...rest }) {
    const bindGroupLayouts = [groupLayout, ...(rest.groups ?? [])];
    const layout = device.createPipelineLayout({ bindGroupLayouts });
    const module = device.createShaderModule({ label: `portrait ${label}`, code });
    return device.createRenderPipeline({
      label: `portrait ${label}`,
      layout,
      vertex: { module, entryPoint, buffers: rest.buffers },
      fragment: {
        module, entryPoint: rest.fragment ?? "paint",
        targets: [{ format: surface.sceneFormat, blend }],
      },
      primitive: { topology: rest.topology ?? "triangle-list" },
      depthStencil: {
        format: surface.depthFormat, depthCompare: depth,
        depthWriteEnabled: rest.writesDepth ?? depth !== "always",
      },
      multisample: { count: surface.sceneSamples ?? 1 },
    });
  }

  const buffers = attributes.map(([, arrayStride, format], shaderLocation) => ({
    arrayStride, attributes: [{ shaderLocation, offset: 0, format }],
  }));
  const strip = { topology: "triangle-strip", blend: LAID_ON };
  const pipelines = {
    backdrop: pipeline("backdrop", shaders.BACKDROP, {}),
    mesh: pipeline("mesh", shaders.MESH, {
      entryPoint: "move_", buffers, blend: OVER, depth: "less-equal",
    }),
    eyes: pipeline("eyes", shaders.EYES, strip),
    mouth: pipeline("mouth", shaders.MOUTH, strip),
  };

  const tools = {
    device, buffer, pipeline, buffers, uploadPicture,
    bindMesh: (pass) => vertices.forEach((data, slot) => pass.setVertexBuffer(slot, data)),
  };
  const layer = createLayer?.(tools);
  let expressions;

  /** The further pictures of a set, made once: see expressions_webgpu.js. */
  function openExpressions(createExpressions, regions) {
    expressions ??= createExpressions(tools, regions);
    return expressions;
  }

  /** Paints one frame, as in portrait_webgl.js. */
  function draw(values, share = 0) {
    const pass = surface.beginScene({ matte: true });
    if (!pass) return; // lost
    const { map, spare } = fitPhoto(model, surface.width, surface.height);
    viewValues.set([
      ...map, model.width, model.height, surface.width / 2, surface.height / 2,
      ...spare, model.matte ? 1 : 0, count, model.moveCount,
    ]);
    device.queue.writeBuffer(view, 0, viewValues);
    device.queue.writeBuffer(frame, 0, values);
    pass.setBindGroup(0, group);
    pass.setPipeline(pipelines.backdrop);
    pass.draw(3);
    pass.setPipeline(pipelines.mesh);
    vertices.forEach((data, slot) => pass.setVertexBuffer(slot, data));
    pass.setIndexBuffer(triangles, "uint16");
    pass.drawIndexed(model.triangles.length);
    expressions?.drawFace(pass, values);
    if (!expressions?.hidesEyes(values)) {
      pass.setPipeline(pipelines.eyes);
      pass.draw(4, 2);
    }
    if (!expressions?.hidesMouth(values)) {
      pass.setPipeline(pipelines.mouth);
      pass.draw(4);
    }
    expressions?.drawParts(pass, values);
    if (layer && share > 0) layer.draw(pass, share, expressions, values);
    surface.endScene();
  }

  function close() {
    for (const object of owned.splice(0)) object.destroy();
    bytes = 0;
  }

  return { draw, close, layer, openExpressions, memoryBytes: () => bytes };
}
