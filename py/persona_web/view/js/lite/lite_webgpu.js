// LivePortrait-Lite's patches over a portrait, by WebGPU: what lite_webgl.js does, straight from
// the buffers that onnxruntime computed them into. Only where the patches lie comes by the CPU.

import { POSED } from "../portrait_wgsl.js";
import { LAID_ON, createPortrait as createBare } from "../portrait_webgpu.js";

const MOUTH = 0, MASKS_AT = 6; // its patch; an attribute

const SHADER = `${POSED}
struct Patch {
  share: f32, feather: f32, size: f32, start: f32, level: f32,
  mouth: f32, right: f32, left: f32, // how much of a set's regions is seen
}
@group(1) @binding(0) var<uniform> patch_: Patch;
@group(1) @binding(1) var<storage, read> change: array<f32>;

struct Spot {
  @builtin(position) position: vec4f,
  @location(0) at: vec2f,
  @location(1) spot: vec3f,
}

fn laid(v: Vertex, place: vec2f, kept: f32) -> Spot {
  let shown = posed(v);
  var position = toClip(shown.xy, shown.z);
  position.z = 0.2 * position.z; // before all of the portrait, in their own order
  return Spot(position, v.pixel.xy, vec3f(place, kept));
}
@vertex fn lay(
  v: Vertex, @location(4) place: vec2f, @location(5) kept: f32, @location(6) masks: vec4f,
) -> Spot {
  let covered = dot(masks.yzw, vec3f(patch_.mouth, patch_.right, patch_.left));
  return laid(v, place, kept * (1.0 - min(covered, 1.0)));
}

fn texel(x: u32, y: u32) -> vec3f {
  let size = u32(patch_.size);
  let plane = size * size;
  let at = u32(patch_.start) + y * size + x;
  return vec3f(change[at], change[at + plane], change[at + 2u * plane]);
}

fn changeAt(spot: vec2f) -> vec3f {
  let place = clamp(spot * patch_.size - 0.5, vec2f(0.0), vec2f(patch_.size - 1.0));
  let low = floor(place);
  let a = vec2u(low);
  let b = min(a + 1u, vec2u(u32(patch_.size) - 1u));
  let part = place - low;
  let upper = mix(texel(a.x, a.y), texel(b.x, a.y), part.x);
  let lower = mix(texel(a.x, b.y), texel(b.x, b.y), part.x);
  return mix(upper, lower, part.y);
}
fn shown(spot: vec3f) -> f32 {
  let ramp = smoothstep(vec2f(0.0), vec2f(1.0), min(spot.xy, 1.0 - spot.xy) / patch_.feather);
  return ramp.x * ramp.y * spot.z * patch_.share;
}

@fragment fn paint(v: Spot) -> @location(0) vec4f {
  let sharp = photoAt(v.at);
  let alpha = shown(v.spot);
  if (alpha < 0.004) { discard; }
  let added = changeAt(v.spot.xy);
  let amount = abs(added);
  let drawn = smoothstep(0.05, 0.2, max(amount.r, max(amount.g, amount.b)));
  let coarse = textureSampleLevel(photo, mirrored, v.at / view.size, patch_.level).rgb;
  return vec4f(clamp(mix(sharp, coarse, drawn) + added, vec3f(0.0), vec3f(1.0)), alpha);
}

// To a set's mouth, which the net saw, the change is added: first what it brightens, then what
// it darkens.
@vertex fn layOver(
  v: Vertex, @location(4) place: vec2f, @location(5) kept: f32, @location(6) masks: vec4f,
) -> Spot {
  var spot = laid(v, place, kept * masks.y);
  spot.position.z -= 5e-5; // just before the patch beneath, and once only
  return spot;
}
@fragment fn brighten(v: Spot) -> @location(0) vec4f {
  return vec4f(max(changeAt(v.spot.xy), vec3f(0.0)) * shown(v.spot), 0.0);
}
@fragment fn darken(v: Spot) -> @location(0) vec4f {
  return vec4f(max(-changeAt(v.spot.xy), vec3f(0.0)) * shown(v.spot), 0.0);
}`;

/** @param {object} model  as for lite_webgl.js */
export function createPortrait(surface, model) {
  const painter = createBare(surface, model, (tools) => createLayer(tools, model.patches));
  return { ...painter, take: painter.layer.take };
}

function createLayer({ device, buffer, pipeline, buffers, bindMesh }, patches) {
  const { sizes, strengths, feather, level, kept } = patches;
  const count = kept.length;
  const { VERTEX, FRAGMENT } = GPUShaderStage;
  const groupLayout = device.createBindGroupLayout({
    entries: [
      { binding: 0, visibility: VERTEX | FRAGMENT, buffer: {} },
      { binding: 1, visibility: FRAGMENT, buffer: { type: "read-only-storage" } },
    ],
  });
  const attribute = (shaderLocation, arrayStride, format) => ({
    arrayStride, attributes: [{ shaderLocation, offset: 0, format }],
  });
  const placed = [
    ...buffers, attribute(4, 8, "float32x2"), attribute(5, 4, "float32"),
    attribute(MASKS_AT, 4, "unorm8x4"),
  ];
  const paint = pipeline("patches", SHADER, {
    entryPoint: "lay", blend: LAID_ON, depth: "less-equal", groups: [groupLayout], buffers: placed,
  });
  const places = buffer(
    new Float32Array(2 * count * sizes.length), GPUBufferUsage.VERTEX | GPUBufferUsage.COPY_DST,
  );
  const keptBuffer = buffer(kept, GPUBufferUsage.VERTEX);
  const unmasked = buffer(new Uint8Array(4 * count), GPUBufferUsage.VERTEX);
  const indices = patches.triangles.map((triangles) => buffer(triangles, GPUBufferUsage.INDEX));
  const values = sizes.map((size, number) => {
    const start = number === 2 ? 3 * size * size : 0; // the left eye is the second of its pair
    return new Float32Array([0, feather / size, size, start, level, 0, 0, 0]);
  });
  const uniforms = values.map((each) =>
    buffer(each, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST),
  );
  // onnxruntime uses a few buffers in turn; each is bound once.
  const groups = uniforms.map(() => new WeakMap());
  let changes; // of each patch, the buffer it lies in
  let over; // of a set

  function bound(number, uniform = uniforms[number], held = groups[number]) {
    const from = changes[number];
    let group = held.get(from);
    if (!group) {
      group = device.createBindGroup({
        layout: groupLayout,
        entries: [
          { binding: 0, resource: { buffer: uniform } },
          { binding: 1, resource: { buffer: from } },
        ],
      });
      held.set(from, group);
    }
    return group;
  }

  function createOver() {
    const both = [["brighten", "add"], ["darken", "reverse-subtract"]];
    return {
      uniform: buffer(values[MOUTH], GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST),
      values: values[MOUTH].slice(),
      groups: new WeakMap(),
      pipelines: both.map(([fragment, operation]) =>
        pipeline("patches over", SHADER, {
          entryPoint: "layOver", fragment, depth: "less-equal", writesDepth: false,
          groups: [groupLayout], buffers: placed,
          blend: {
            color: { srcFactor: "one", dstFactor: "one", operation },
            alpha: { srcFactor: "zero", dstFactor: "one" },
          },
        })),
    };
  }

  function add(pass, amount) {
    over ??= createOver();
    over.values[0] = amount;
    device.queue.writeBuffer(over.uniform, 0, over.values);
    pass.setBindGroup(1, bound(MOUTH, over.uniform, over.groups));
    pass.setVertexBuffer(buffers.length, places, 8 * count * MOUTH, 8 * count);
    pass.setIndexBuffer(indices[MOUTH], "uint16");
    for (const each of over.pipelines) {
      pass.setPipeline(each);
      pass.drawIndexed(patches.triangles[MOUTH].length);
    }
  }

  return {
    /** Takes what the nets gave: tensors by name, which stay onnxruntime's. */
    take({ mouth_change: mouth, eye_change: eyes, lite_places: spots }) {
      changes = [mouth.gpuBuffer, eyes.gpuBuffer, eyes.gpuBuffer];
      device.queue.writeBuffer(places, 0, spots.data);
    },

    /** Draws what nets gave, as in lite_webgl.js. */
    draw(pass, share, expressions, frame) {
      const [face, ...parts] = expressions?.shares(frame) ?? [0, 0, 0, 0];
      const seen = share * (1 - face);
      if (!changes || seen <= 0) return;
      pass.setPipeline(paint);
      bindMesh(pass);
      pass.setVertexBuffer(buffers.length + 1, keptBuffer);
      pass.setVertexBuffer(MASKS_AT, expressions?.masked ?? unmasked);
      indices.forEach((data, number) => {
        if (!strengths[number]) return;
        values[number][0] = seen * strengths[number];
        values[number].set(parts, 5);
        device.queue.writeBuffer(uniforms[number], 0, values[number]);
        pass.setBindGroup(1, bound(number));
        pass.setVertexBuffer(buffers.length, places, 8 * count * number, 8 * count);
        pass.setIndexBuffer(data, "uint16");
        pass.drawIndexed(patches.triangles[number].length);
      });
      const [mouth] = parts;
      if (mouth > 0 && strengths[MOUTH]) add(pass, seen * mouth * strengths[MOUTH]);
    },
  };
}
