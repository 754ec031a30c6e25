// The picture as a cartoon: smooth shades in a few steps, and clean dark lines.
//
// After Winnemoeller, Olsen, Gooch 2006, "Real-time video abstraction" (soft quantisation),
// Kyprianidis and Doellner 2008, "Image abstraction by structure adaptive filtering" (the
// orientation-aligned bilateral filter) and Kang, Lee, Chui 2007, "Coherent line drawing"
// (difference of Gaussians across the flow, gathered along it).

import { pass } from "./common.js";
import { FLOW } from "./flow.js";

// A bilateral filter along one line, with Tukey's biweights, which cost less than Gaussians.
// image1: flow; u[1]: 0 across / 1 along the flow, step in texels, reach in steps,
// 1 / squared colour distance from which on nothing counts.
export const bilateral = pass(2, `${FLOW}
void main() {
  vec2 at = here();
  vec2 g = gradient(doubledAngle(texture(image1, at)));
  vec2 d = (u[1].x > 0.5 ? vec2(-g.y, g.x) : g) * u[1].y * texel();
  vec4 middle = texture(image0, at);
  vec4 sum = middle;
  float total = 1.0;
  for (float i = 1.0; i <= u[1].z; i += 1.0) {
    float part = i / (u[1].z + 1.0);
    float near = (1.0 - part * part) * (1.0 - part * part);
    vec4 a = texture(image0, at + i * d), b = texture(image0, at - i * d);
    vec2 far = vec2(dot(a - middle, a - middle), dot(b - middle, b - middle));
    vec2 alike = max(1.0 - u[1].w * far, 0.0);
    alike *= near * alike;
    sum += alike.x * a + alike.y * b;
    total += alike.x + alike.y;
  }
  colour = sum / total;
}`);

// The difference of two Gaussians across the flow, 0.5 where there is none.
// image1: flow; u[1]: step in texels, reach in steps, 1 / (2 * deviation^2) of both in steps;
// u[2].x: the share of the wider one that is subtracted.
export const ridges = pass(2, `${FLOW}
vec3 onWhite(vec4 c) { return c.rgb + 1.0 - c.a; }

void main() {
  vec2 at = here();
  vec2 d = gradient(doubledAngle(texture(image1, at))) * u[1].x * texel();
  vec3 narrow = onWhite(texture(image0, at)), wide = narrow;
  vec2 total = vec2(1.0);
  for (float i = 1.0; i <= u[1].y; i += 1.0) {
    vec2 weight = exp(-i * i * u[1].zw);
    vec3 pair = onWhite(texture(image0, at + i * d)) + onWhite(texture(image0, at - i * d));
    narrow += weight.x * pair;
    wide += weight.y * pair;
    total += 2.0 * weight;
  }
  vec3 ridge = narrow / total.x - u[2].x * wide / total.y;
  // Colours that are equally bright are parted, too.
  float least = min(ridge.r, min(ridge.g, ridge.b));
  colour = vec4(vec3(0.5 + 6.0 * mix(dot(ridge, vec3(0.299, 0.587, 0.114)), least, 0.4)), 1.0);
}`);

// Gathers the ridges along the flow, so that lines hang together. image1: flow; u[1]: step in
// texels, reach in steps (even: every second one turns with the flow), 1 / (2 * deviation^2).
export const lines = pass(2, `${FLOW}
float walk(vec2 at, vec2 first, inout float total) {
  vec2 heading = first;
  float sum = 0.0;
  for (float i = 1.0; i <= u[1].y; i += 2.0) {
    vec2 weight = exp(-vec2(i * i, (i + 1.0) * (i + 1.0)) * u[1].z);
    vec2 d = heading * u[1].x * texel();
    sum += weight.x * texture(image0, at + d).r;
    at += 2.0 * d;
    sum += weight.y * texture(image0, at).r;
    total += weight.x + weight.y;
    vec2 g = gradient(doubledAngle(texture(image1, at)));
    vec2 next = vec2(-g.y, g.x);
    heading = dot(next, heading) < 0.0 ? -next : next;
  }
  return sum;
}

void main() {
  vec2 at = here();
  vec2 g = gradient(doubledAngle(texture(image1, at)));
  vec2 along = vec2(-g.y, g.x);
  float total = 1.0;
  float sum = texture(image0, at).r;
  sum += walk(at, along, total);
  sum += walk(at, -along, total);
  colour = vec4(vec3(sum / total), 1.0);
}`);

// image0: the original, image1: smoothed, image2: lines; u[1]: opaque, strength, steps of the
// brightness, half the width of what lies between two; u[2]: where a line
// is full and where it begins, saturation.
export const cartoon = pass(3, `
void main() {
  vec2 at = here();
  vec4 original = texture(image0, at);
  original.a = max(original.a, u[1].x);
  vec4 c = texture(image1, at);
  vec3 paint = c.rgb / max(c.a, 1e-3);
  float l = dot(paint, vec3(0.299, 0.587, 0.114));
  float scaled = l * u[1].z;
  float stepped =
    (floor(scaled) + smoothstep(0.5 - u[1].w, 0.5 + u[1].w, fract(scaled))) / u[1].z;
  paint = mix(vec3(stepped), paint * (stepped / max(l, 0.02)), u[2].z);
  float ink = 1.0 - smoothstep(u[2].x, u[2].y, texture(image2, at).r);
  paint = mix(clamp(paint, 0.0, 1.0), vec3(0.10, 0.07, 0.09), ink);
  colour = mix(original, vec4(paint, 1.0) * original.a, u[1].y);
}`);
