// The picture as a cartoon; what the passes do is said in ../glsl/cartoon.js.

import { pass } from "./common.js";
import { FLOW } from "./flow.js";

export const bilateral = pass(2, `${FLOW}
@fragment
fn paint(@builtin(position) position: vec4f) -> @location(0) vec4f {
  let at = here(position);
  let doubled = doubledAngle(at);
  let d = select(gradient(doubled), tangent(doubled), u[1].x > 0.5) * u[1].y * texel();
  let middle = look(image0, at);
  var sum = middle;
  var total = 1.0;
  for (var i = 1.0; i <= u[1].z; i += 1.0) {
    let part = i / (u[1].z + 1.0);
    let near = (1.0 - part * part) * (1.0 - part * part);
    let a = look(image0, at + i * d);
    let b = look(image0, at - i * d);
    let far = vec2f(dot(a - middle, a - middle), dot(b - middle, b - middle));
    var alike = max(1.0 - u[1].w * far, vec2f(0.0));
    alike *= near * alike;
    sum += alike.x * a + alike.y * b;
    total += alike.x + alike.y;
  }
  return sum / total;
}`);

export const ridges = pass(2, `${FLOW}
fn onWhite(at: vec2f) -> vec3f {
  let c = look(image0, at);
  return c.rgb + 1.0 - c.a;
}

@fragment
fn paint(@builtin(position) position: vec4f) -> @location(0) vec4f {
  let at = here(position);
  let d = gradient(doubledAngle(at)) * u[1].x * texel();
  var narrow = onWhite(at);
  var wide = narrow;
  var total = vec2f(1.0);
  for (var i = 1.0; i <= u[1].y; i += 1.0) {
    let weight = exp(-i * i * u[1].zw);
    let pair = onWhite(at + i * d) + onWhite(at - i * d);
    narrow += weight.x * pair;
    wide += weight.y * pair;
    total += 2.0 * weight;
  }
  let ridge = narrow / total.x - u[2].x * wide / total.y;
  let least = min(ridge.r, min(ridge.g, ridge.b));
  let shown = mix(dot(ridge, vec3f(0.299, 0.587, 0.114)), least, 0.4);
  return vec4f(vec3f(0.5 + 6.0 * shown), 1.0);
}`);

export const lines = pass(2, `${FLOW}
// The weighted sum of ridges along the flow, and the weights'.
fn walk(start: vec2f, first: vec2f) -> vec2f {
  var at = start;
  var heading = first;
  var sum = vec2f(0.0);
  for (var i = 1.0; i <= u[1].y; i += 2.0) {
    let weight = exp(-vec2f(i * i, (i + 1.0) * (i + 1.0)) * u[1].z);
    let d = heading * u[1].x * texel();
    sum += weight.x * vec2f(look(image0, at + d).r, 1.0);
    at += 2.0 * d;
    sum += weight.y * vec2f(look(image0, at).r, 1.0);
    let next = tangent(doubledAngle(at));
    heading = select(next, -next, dot(next, heading) < 0.0);
  }
  return sum;
}

@fragment
fn paint(@builtin(position) position: vec4f) -> @location(0) vec4f {
  let at = here(position);
  let along = tangent(doubledAngle(at));
  let sum = vec2f(look(image0, at).r, 1.0) + walk(at, along) + walk(at, -along);
  return vec4f(vec3f(sum.x / sum.y), 1.0);
}`);

export const cartoon = pass(3, `
@fragment
fn paint(@builtin(position) position: vec4f) -> @location(0) vec4f {
  let at = here(position);
  var original = look(image0, at);
  original.a = max(original.a, u[1].x);
  let c = look(image1, at);
  var shade = c.rgb / max(c.a, 1e-3);
  let l = dot(shade, vec3f(0.299, 0.587, 0.114));
  let scaled = l * u[1].z;
  let stepped =
    (floor(scaled) + smoothstep(0.5 - u[1].w, 0.5 + u[1].w, fract(scaled))) / u[1].z;
  shade = mix(vec3f(stepped), shade * (stepped / max(l, 0.02)), u[2].z);
  let ink = 1.0 - smoothstep(u[2].x, u[2].y, look(image2, at).r);
  shade = mix(clamp(shade, vec3f(0.0), vec3f(1.0)), vec3f(0.10, 0.07, 0.09), ink);
  return mix(original, vec4f(shade, 1.0) * original.a, u[1].y);
}`);
