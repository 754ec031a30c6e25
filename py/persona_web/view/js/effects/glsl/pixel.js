// The picture as pixel art: large cells, few colours, ordered dither.

import { pass } from "./common.js";

// The mean of each cell; the first is at the top left. u[1]: opaque, a cell's size in the picture.
export const cells = pass(1, `
void main() {
  vec2 cell = vec2(floor(gl_FragCoord.x), u[0].w - 1.0 - floor(gl_FragCoord.y));
  vec4 sum = vec4(0.0);
  for (int y = 0; y < 4; y++) {
    for (int x = 0; x < 4; x++) {
      vec2 at = (cell + (vec2(x, y) + 0.5) / 4.0) * u[1].yz;
      vec4 c = texture(image0, vec2(at.x, 1.0 - at.y));
      sum += vec4(c.rgb, max(c.a, u[1].x));
    }
  }
  colour = sum / 16.0;
}`);

// Gives each cell a colour of the palette: fixed steps of lightness, chroma and hue in Oklab
// (Ottosson 2020, "A perceptual color space for image processing"), tinted so that shadows are
// cool and lights warm, as pixel artists mix them. So a picture has few colours, all its own.
// u[1]: crispness, contrast, saturation, share of a step that is dithered; u[2]: steps of
// lightness, of the root of chroma, of hue; tint.
export const palette = pass(1, `
const float BAYER[16] = float[16](
  0.0, 8.0, 2.0, 10.0, 12.0, 4.0, 14.0, 6.0, 3.0, 11.0, 1.0, 9.0, 15.0, 7.0, 13.0, 5.0);

vec3 toLab(vec3 c) {
  vec3 linear = mix(c / 12.92, pow((c + 0.055) / 1.055, vec3(2.4)), step(0.04045, c));
  vec3 lms = pow(mat3(
    0.4122214708, 0.2119034982, 0.0883024619,
    0.5363325363, 0.6806995451, 0.2817188376,
    0.0514459929, 0.1073969566, 0.6299787005) * linear, vec3(1.0 / 3.0));
  return mat3(
    0.2104542553, 1.9779984951, 0.0259040371,
    0.7936177850, -2.4285922050, 0.7827717662,
    -0.0040720468, 0.4505937099, -0.8086757660) * lms;
}

vec3 fromLab(vec3 lab) {
  vec3 lms = mat3(
    1.0, 1.0, 1.0,
    0.3963377774, -0.1055613458, -0.0894841775,
    0.2158037573, -0.0638541728, -1.2914855480) * lab;
  vec3 linear = clamp(mat3(
    4.0767416621, -1.2684380046, -0.0041960863,
    -3.3077115913, 2.6097574011, -0.7034186147,
    0.2309699292, -0.3413193965, 1.7076147010) * (lms * lms * lms), 0.0, 1.0);
  return mix(12.92 * linear, 1.055 * pow(linear, vec3(1.0 / 2.4)) - 0.055, step(0.0031308, linear));
}

vec4 cell(ivec2 at) {
  vec4 c = texelFetch(image0, clamp(at, ivec2(0), ivec2(u[0].zw) - 1), 0);
  return c.a < 0.5 ? vec4(0.0) : vec4(c.rgb / c.a, 1.0);
}

void main() {
  ivec2 at = ivec2(gl_FragCoord.xy);
  vec4 c = cell(at);
  vec4 cross = cell(at + ivec2(1, 0)) + cell(at - ivec2(1, 0))
    + cell(at + ivec2(0, 1)) + cell(at - ivec2(0, 1));
  // The lightness is that of the cell, made crisp; the colour that of all cells around which are
  // much like it, or steps of hue would leave specks.
  vec3 crisp = c.rgb + u[1].x * (c.rgb - cross.rgb / max(cross.a, 1.0)) * min(cross.a, 1.0);
  vec4 alike = vec4(0.0);
  for (int y = -2; y <= 2; y++) {
    for (int x = -2; x <= 2; x++) {
      vec4 other = cell(at + ivec2(x, y));
      vec3 off = other.rgb - c.rgb;
      alike += vec4(other.rgb, 1.0) * other.a * max(1.0 - 20.0 * dot(off, off), 0.0);
    }
  }
  float lightness = toLab(clamp(crisp, 0.0, 1.0)).x;
  vec2 ab = toLab(alike.rgb / max(alike.a, 1.0)).yz * u[1].z;

  int row = int(u[0].w) - 1 - at.y;
  float threshold = (BAYER[(row & 3) * 4 + (at.x & 3)] + 0.5) / 16.0 - 0.5;
  lightness = clamp(0.5 + u[1].y * (lightness - 0.5), 0.0, 1.0);
  lightness = floor(lightness / u[2].x + 0.5 + u[1].w * threshold) * u[2].x;
  float chroma = floor(sqrt(length(ab)) / u[2].y + 0.5 - u[1].w * threshold) * u[2].y;
  chroma *= chroma;
  float hue = floor(atan(ab.y, ab.x + 1e-6) / u[2].z + 0.5) * u[2].z;
  ab = chroma * vec2(cos(hue), sin(hue)) + u[2].w * (lightness - 0.55) * vec2(0.3, 1.0);
  colour = vec4(fromLab(vec3(lightness, ab)), 1.0) * c.a;
}`);

// image0: the original, image1: cells. u[1]: opaque, strength, a cell's side in pixels.
export const pixel = pass(2, `
void main() {
  vec4 original = texture(image0, here());
  original.a = max(original.a, u[1].x);
  vec2 at = vec2(gl_FragCoord.x, u[0].w - gl_FragCoord.y);
  ivec2 cell = ivec2(floor(at / u[1].z));
  ivec2 count = textureSize(image1, 0);
  vec4 c = texelFetch(image1, ivec2(cell.x, count.y - 1 - cell.y), 0);
  colour = mix(original, c, u[1].y);
}`);
