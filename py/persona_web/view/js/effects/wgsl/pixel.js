// The picture as pixel art; what the passes do is said in ../glsl/pixel.js.

import { pass } from "./common.js";

export const cells = pass(1, `
@fragment
fn paint(@builtin(position) position: vec4f) -> @location(0) vec4f {
  let cell = floor(position.xy);
  var sum = vec4f(0.0);
  for (var y = 0; y < 4; y++) {
    for (var x = 0; x < 4; x++) {
      let c = look(image0, (cell + (vec2f(f32(x), f32(y)) + 0.5) / 4.0) * u[1].yz);
      sum += vec4f(c.rgb, max(c.a, u[1].x));
    }
  }
  return sum / 16.0;
}`);

export const palette = pass(1, `
var<private> BAYER: array<f32, 16> = array<f32, 16>(
  0.0, 8.0, 2.0, 10.0, 12.0, 4.0, 14.0, 6.0, 3.0, 11.0, 1.0, 9.0, 15.0, 7.0, 13.0, 5.0);

fn toLab(c: vec3f) -> vec3f {
  let linear = mix(c / 12.92, pow((c + 0.055) / 1.055, vec3f(2.4)), step(vec3f(0.04045), c));
  let lms = pow(mat3x3f(
    0.4122214708, 0.2119034982, 0.0883024619,
    0.5363325363, 0.6806995451, 0.2817188376,
    0.0514459929, 0.1073969566, 0.6299787005) * linear, vec3f(1.0 / 3.0));
  return mat3x3f(
    0.2104542553, 1.9779984951, 0.0259040371,
    0.7936177850, -2.4285922050, 0.7827717662,
    -0.0040720468, 0.4505937099, -0.8086757660) * lms;
}

fn fromLab(lab: vec3f) -> vec3f {
  let lms = mat3x3f(
    1.0, 1.0, 1.0,
    0.3963377774, -0.1055613458, -0.0894841775,
    0.2158037573, -0.0638541728, -1.2914855480) * lab;
  let linear = clamp(mat3x3f(
    4.0767416621, -1.2684380046, -0.0041960863,
    -3.3077115913, 2.6097574011, -0.7034186147,
    0.2309699292, -0.3413193965, 1.7076147010) * (lms * lms * lms), vec3f(0.0), vec3f(1.0));
  return mix(12.92 * linear, 1.055 * pow(linear, vec3f(1.0 / 2.4)) - 0.055,
    step(vec3f(0.0031308), linear));
}

fn cell(at: vec2i) -> vec4f {
  let c = textureLoad(image0, clamp(at, vec2i(0), vec2i(u[0].zw) - 1), 0);
  return select(vec4f(c.rgb / c.a, 1.0), vec4f(0.0), c.a < 0.5);
}

@fragment
fn paint(@builtin(position) position: vec4f) -> @location(0) vec4f {
  let at = vec2i(position.xy);
  let c = cell(at);
  let cross = cell(at + vec2i(1, 0)) + cell(at - vec2i(1, 0))
    + cell(at + vec2i(0, 1)) + cell(at - vec2i(0, 1));
  let crisp = c.rgb + u[1].x * (c.rgb - cross.rgb / max(cross.a, 1.0)) * min(cross.a, 1.0);
  var alike = vec4f(0.0);
  for (var y = -2; y <= 2; y++) {
    for (var x = -2; x <= 2; x++) {
      let other = cell(at + vec2i(x, y));
      let off = other.rgb - c.rgb;
      alike += vec4f(other.rgb, 1.0) * other.a * max(1.0 - 20.0 * dot(off, off), 0.0);
    }
  }
  var lightness = toLab(clamp(crisp, vec3f(0.0), vec3f(1.0))).x;
  var ab = toLab(alike.rgb / max(alike.a, 1.0)).yz * u[1].z;

  let threshold = (BAYER[(at.y & 3) * 4 + (at.x & 3)] + 0.5) / 16.0 - 0.5;
  lightness = clamp(0.5 + u[1].y * (lightness - 0.5), 0.0, 1.0);
  lightness = floor(lightness / u[2].x + 0.5 + u[1].w * threshold) * u[2].x;
  var chroma = floor(sqrt(length(ab)) / u[2].y + 0.5 - u[1].w * threshold) * u[2].y;
  chroma *= chroma;
  let hue = floor(atan2(ab.y, ab.x + 1e-6) / u[2].z + 0.5) * u[2].z;
  ab = chroma * vec2f(cos(hue), sin(hue)) + u[2].w * (lightness - 0.55) * vec2f(0.3, 1.0);
  return vec4f(fromLab(vec3f(lightness, ab)), 1.0) * c.a;
}`);

export const pixel = pass(2, `
@fragment
fn paint(@builtin(position) position: vec4f) -> @location(0) vec4f {
  var original = look(image0, here(position));
  original.a = max(original.a, u[1].x);
  let c = textureLoad(image1, vec2i(floor(position.xy / u[1].z)), 0);
  return mix(original, c, u[1].y);
}`);
