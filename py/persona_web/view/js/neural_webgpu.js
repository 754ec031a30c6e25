// Paints a model's pictures, bent by a mesh, into a WebGPU surface, straight from the buffer that
// onnxruntime computed them into: nothing is read back.

import { fillScene } from "./neural_view.js";

// The picture is three planes of floats, so it is sampled by hand.
const SHADER = `
struct View { map: vec4f, size: vec2f }
@group(0) @binding(0) var<uniform> view: View;
@group(0) @binding(1) var<storage, read> planes: array<f32>;

struct Point { @builtin(position) position: vec4f, @location(0) at: vec2f }

@vertex fn bend(@location(0) vertex: vec4f) -> Point {
  return Point(vec4f(vertex.xy * view.map.xy + view.map.zw, 0.0, 1.0), vertex.zw);
}

fn texel(x: u32, y: u32) -> vec3f {
  let plane = u32(view.size.x * view.size.y);
  let at = y * u32(view.size.x) + x;
  return vec3f(planes[at], planes[at + plane], planes[at + 2u * plane]);
}

@fragment fn paint(point: Point) -> @location(0) vec4f {
  let place = clamp(point.at * view.size - 0.5, vec2f(0.0), view.size - 1.0);
  let low = floor(place);
  let a = vec2u(low);
  let b = min(a + 1u, vec2u(view.size) - 1u);
  let share = place - low;
  let upper = mix(texel(a.x, a.y), texel(b.x, a.y), share.x);
  let lower = mix(texel(a.x, b.y), texel(b.x, b.y), share.x);
  return vec4f(clamp(mix(upper, lower, share.y), vec3f(0.0), vec3f(1.0)), 1.0);
}`;

/**
 * @param {object} surface  of surface_webgpu.js, on the device that the model computes on
 * @param {{width: number, height: number, vertices: number, triangles: Uint16Array}} model
 */
export function createPicture(surface, { width, height, vertices, triangles }) {
  const { device } = surface;
  const values = new Float32Array(8);
  const create = (size, usage) =>
    device.createBuffer({ size: Math.ceil(size / 4) * 4, usage: usage | GPUBufferUsage.COPY_DST });
  const view = create(values.byteLength, GPUBufferUsage.UNIFORM);
  const vertexBuffer = create(16 * vertices, GPUBufferUsage.VERTEX);
  const indexBuffer = create(triangles.byteLength, GPUBufferUsage.INDEX);
  device.queue.writeBuffer(indexBuffer, 0, triangles);
  const module = device.createShaderModule({ label: "neural picture", code: SHADER });
  const pipeline = device.createRenderPipeline({
    label: "neural picture",
    layout: "auto",
    vertex: {
      module, entryPoint: "bend",
      buffers: [{
        arrayStride: 16, attributes: [{ shaderLocation: 0, offset: 0, format: "float32x4" }],
      }],
    },
    fragment: { module, entryPoint: "paint", targets: [{ format: surface.sceneFormat }] },
    depthStencil: {
      format: surface.depthFormat, depthCompare: "always", depthWriteEnabled: false,
    },
    multisample: { count: surface.sceneSamples ?? 1 },
  });
  // onnxruntime uses a few buffers in turn; each is bound once.
  const groups = new WeakMap();
  let picture;

  function bound(buffer) {
    let group = groups.get(buffer);
    if (!group) {
      group = device.createBindGroup({
        layout: pipeline.getBindGroupLayout(0),
        entries: [
          { binding: 0, resource: { buffer: view } },
          { binding: 1, resource: { buffer, size: 12 * width * height } },
        ],
      });
      groups.set(buffer, group);
    }
    return group;
  }

  return {
    /** Takes the tensor of the newest picture, which stays onnxruntime's. */
    take(tensor) {
      picture = tensor.gpuBuffer;
    },

    /** Paints the newest picture into the surface's scene; `mesh`: four numbers a vertex. */
    draw(mesh) {
      const pass = surface.beginScene({ matte: false });
      if (!pass) return; // lost
      values.set(fillScene(surface.width, surface.height));
      values[4] = width;
      values[5] = height;
      device.queue.writeBuffer(view, 0, values);
      device.queue.writeBuffer(vertexBuffer, 0, mesh);
      if (picture) {
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, bound(picture));
        pass.setVertexBuffer(0, vertexBuffer);
        pass.setIndexBuffer(indexBuffer, "uint16");
        pass.drawIndexed(triangles.length);
      }
      surface.endScene();
    },

    memoryBytes: () => values.byteLength + 16 * vertices + triangles.byteLength,

    close() {
      picture = undefined;
      for (const buffer of [view, vertexBuffer, indexBuffer]) buffer.destroy();
    },
  };
}
