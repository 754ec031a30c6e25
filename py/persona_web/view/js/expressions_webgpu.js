// The further pictures of a set over a portrait, by WebGPU: what expressions_webgl.js does, from
// the same model and the same uniforms.

import { coverage, EYES, FACE, MOUTH, pickPatches } from "./expressions_view.js";
import { LAID_ON } from "./portrait_webgpu.js";
import { POSED } from "./portrait_wgsl.js";

const MASKS_AT = 4, PLACES_AT = 5; // attributes

// An instance's number tells the region, and whether it is what lies across its opening.
const SHADER = `${POSED}
@group(1) @binding(0) var clamped: sampler;
@group(1) @binding(1) var one: texture_2d<f32>;
@group(1) @binding(2) var two: texture_2d<f32>;
@group(1) @binding(3) var three: texture_2d<f32>;

struct Shown {
  @builtin(position) position: vec4f,
  @location(0) at: vec2f,
  @location(1) spot: vec2f,
  @location(2) mask: f32,
  @location(3) first: vec3f,
  @location(4) second: vec3f,
  @location(5) third: vec3f,
  @location(6) @interpolate(flat) number: u32,
}

@vertex fn lay(
  v: Vertex,
  @location(4) masks: vec4f,
  @location(5) first: vec4f,
  @location(6) second: vec4f,
  @location(7) third: vec4f,
  @builtin(instance_index) number: u32,
) -> Shown {
  let shown = posed(v);
  var position = toClip(shown.xy, shown.z);
  position.z -= 2.5e-4; // just before the mesh, which hides what is turned away
  let sides = vec3f(4.0, 4.0, 1.0);
  return Shown(
    position, v.pixel.xy, shown.xy, masks[number >> 1u],
    first.xyz * sides, second.xyz * sides, third.xyz * sides, number,
  );
}

fn weight(place: vec3f, share: vec2f) -> f32 {
  return select(place.z * share.y, 0.0, share.x < 0.0);
}
@fragment fn paint(v: Shown) -> @location(0) vec4f {
  let region = v.number >> 1u;
  let a = frame[SHARES + 2u * region];
  let b = frame[SHARES + 2u * region + 1u];
  var shift = vec4f(0.0);
  var last = vec4f(0.0);
  if ((v.number & 1u) == 1u) {
    let gaze = GAZES + 3u * (region - 2u);
    let iris = frame[gaze];
    let follows = 1.0 - smoothstep(iris.z, max(iris.w, iris.z + 1.0), distance(v.spot, iris.xy));
    shift = follows * frame[gaze + 1u];
    last = follows * frame[gaze + 2u];
  }
  let weights = vec3f(weight(v.first, a.xy), weight(v.second, a.zw), weight(v.third, b.xy));
  let sum = weights.x * textureSampleBias(one, clamped, v.first.xy + shift.xy, -0.5).rgb
    + weights.y * textureSampleBias(two, clamped, v.second.xy + shift.zw, -0.5).rgb
    + weights.z * textureSampleBias(three, clamped, v.third.xy + last.xy, -0.5).rgb;
  let person = textureSample(matte, smooth_, v.at / view.size).r;
  let share = weights.x + weights.y + weights.z;
  let shown = v.mask * inPhoto(v.at) * mix(1.0, smoothstep(0.12, 0.6, person), view.layered);
  let alpha = share * shown;
  if (alpha < 0.004) { discard; }
  return vec4f(sum / share, alpha);
}`;

/**
 * @param {object} tools  of portrait_webgpu.js
 * @param {object} model  as for expressions_webgl.js
 */
export function createExpressions(tools, { masks, regions }) {
  const { device, buffer, pipeline, buffers, bindMesh, uploadPicture } = tools;
  const visibility = GPUShaderStage.FRAGMENT;
  const groupLayout = device.createBindGroupLayout({
    entries: [0, 1, 2, 3].map((binding) => ({
      binding, visibility, ...(binding ? { texture: {} } : { sampler: {} }),
    })),
  });
  const attribute = (shaderLocation, arrayStride, format) => ({
    arrayStride, attributes: [{ shaderLocation, offset: 0, format }],
  });
  const paint = pipeline("expressions", SHADER, {
    entryPoint: "lay", blend: LAID_ON, depth: "less-equal", writesDepth: false,
    groups: [groupLayout],
    buffers: [
      ...buffers, attribute(MASKS_AT, 4, "unorm8x4"),
      ...[0, 1, 2].map((slot) => attribute(PLACES_AT + slot, 8, "snorm16x4")),
    ],
  });
  const sampler = device.createSampler({
    minFilter: "linear", magFilter: "linear", mipmapFilter: "linear",
  });
  const masked = buffer(masks, GPUBufferUsage.VERTEX);
  const indices = regions.map(({ triangles }) => buffer(triangles, GPUBufferUsage.INDEX));
  const groups = regions.map(() => ({ picked: [] })); // bound last
  const expressions = []; // of each, its patches by region

  function add(patches) {
    const taken = [];
    for (const { region, image, places, whole } of patches) {
      taken[region] = {
        view: uploadPicture(image).createView(),
        places: buffer(places, GPUBufferUsage.VERTEX),
        whole,
      };
    }
    expressions.push(taken);
  }

  function bound(region, picked) {
    const held = groups[region];
    if (picked.some((patch, slot) => held.picked[slot] !== patch)) {
      held.picked = picked;
      held.group = device.createBindGroup({
        layout: groupLayout,
        entries: [sampler, ...picked.map(({ view }) => view)].map((resource, binding) => ({
          binding, resource,
        })),
      });
    }
    return held.group;
  }

  function draw(pass, values, wanted) {
    let begun = false;
    for (const region of wanted) {
      const picked = pickPatches(expressions, values, region);
      if (!picked) continue;
      if (!begun) {
        begun = true;
        pass.setPipeline(paint);
        bindMesh(pass);
        pass.setVertexBuffer(MASKS_AT, masked);
      }
      picked.forEach(({ places }, slot) => pass.setVertexBuffer(PLACES_AT + slot, places));
      pass.setBindGroup(1, bound(region, picked));
      pass.setIndexBuffer(indices[region], "uint16");
      const { triangles, opening } = regions[region];
      const inner = EYES.includes(region) ? 3 * opening : 0;
      const outer = triangles.length - inner;
      pass.drawIndexed(outer, 1, 0, 0, 2 * region);
      if (inner) pass.drawIndexed(inner, 1, outer, 0, 2 * region + 1);
    }
  }

  return {
    add,
    masked,
    drawFace: (pass, values) => draw(pass, values, [FACE]),
    drawParts: (pass, values) => draw(pass, values, [MOUTH, ...EYES]),
    ...coverage(expressions),
  };
}
