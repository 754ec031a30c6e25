// What every WGSL pass begins with.

const PRELUDE = `
@group(0) @binding(0) var<uniform> u: array<vec4f, 4>;
@group(0) @binding(1) var clamped: sampler;
@group(0) @binding(2) var tiled: sampler;

@vertex
fn corner(@builtin(vertex_index) index: u32) -> @builtin(position) vec4f {
  // One triangle that covers the target.
  return vec4f(vec2f(f32(index & 1u), f32(index >> 1u)) * 4.0 - 1.0, 0.0, 1.0);
}

fn texel() -> vec2f { return u[0].xy; }  // of the first image, in its coordinates
fn here(at: vec4f) -> vec2f { return at.xy / u[0].zw; }  // of the images: 0..1, from the top

fn look(image: texture_2d<f32>, at: vec2f) -> vec4f {
  return textureSampleLevel(image, clamped, at, 0.0);
}
`;

/** A pass that reads `count` textures, `image0` ...; `body` holds its fragment function. */
export function pass(count, body) {
  const images = Array.from(
    { length: count },
    (_, i) => `@group(0) @binding(${3 + i}) var image${i}: texture_2d<f32>;\n`,
  );
  return { count, source: `${PRELUDE}${images.join("")}${body}` };
}
