// What every GLSL ES 3.00 pass begins with.

// One triangle that covers the target; its corners need no buffer.
export const VERTEX = `#version 300 es
void main() {
  gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0.0, 1.0);
}`;

const PRELUDE = `
precision highp float;
precision highp int;
precision highp sampler2D;
uniform vec4 u[4];
out vec4 colour;

vec2 texel() { return u[0].xy; }             // of the first image, in its coordinates
vec2 here() { return gl_FragCoord.xy / u[0].zw; }  // of the images: 0..1, from the bottom
`;

/** A pass that reads `count` textures, `image0` ...; `body` holds its `void main()`. */
export function pass(count, body) {
  const images = Array.from({ length: count }, (_, i) => `uniform sampler2D image${i};\n`);
  return { count, source: `#version 300 es${PRELUDE}${images.join("")}${body}` };
}
