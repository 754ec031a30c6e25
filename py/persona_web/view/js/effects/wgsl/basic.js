// Passes that every effect uses; what they do is said in ../glsl/basic.js.

import { pass } from "./common.js";

export const copy = pass(1, `
@fragment
fn paint(@builtin(position) position: vec4f) -> @location(0) vec4f {
  let c = look(image0, here(position));
  return vec4f(c.rgb, max(c.a, u[1].x));
}`);

export const cutout = pass(1, `
@fragment
fn paint(@builtin(position) position: vec4f) -> @location(0) vec4f {
  let c = look(image0, here(position));
  let seen = smoothstep(0.35, 0.9, c.a);
  return vec4f(c.rgb * seen, seen);
}`);

export const reduce = pass(1, `
@fragment
fn paint(@builtin(position) position: vec4f) -> @location(0) vec4f {
  let at = here(position);
  let d = u[1].yz;
  let c = 0.25 * (look(image0, at + d) + look(image0, at - d)
    + look(image0, at + vec2f(d.x, -d.y)) + look(image0, at + vec2f(-d.x, d.y)));
  return vec4f(c.rgb, max(c.a, u[1].x));
}`);

export const sharpen = pass(1, `
fn bright(at: vec2f) -> f32 {
  return dot(look(image0, at).rgb, vec3f(0.299, 0.587, 0.114));
}

@fragment
fn paint(@builtin(position) position: vec4f) -> @location(0) vec4f {
  let at = here(position);
  let d = u[1].zw;
  let c = look(image0, at);
  let n = bright(at - vec2f(0.0, d.y));
  let s = bright(at + vec2f(0.0, d.y));
  let w = bright(at - vec2f(d.x, 0.0));
  let e = bright(at + vec2f(d.x, 0.0));
  let nw = bright(at - d);
  let se = bright(at + d);
  let ne = bright(at + vec2f(d.x, -d.y));
  let sw = bright(at + vec2f(-d.x, d.y));
  let l = dot(c.rgb, vec3f(0.299, 0.587, 0.114));
  let blurred = 0.25 * l + 0.125 * (n + s + w + e) + 0.0625 * (nw + ne + sw + se);
  let low = min(l, min(min(min(n, s), min(w, e)), min(min(nw, ne), min(sw, se))));
  let high = max(l, max(max(max(n, s), max(w, e)), max(max(nw, ne), max(sw, se))));
  let detail = (l - blurred) * smoothstep(0.0, 0.02, abs(l - blurred));
  let sharp = clamp(l + u[1].y * detail, low, high);
  let alpha = max(c.a, u[1].x);
  return vec4f(clamp(c.rgb + (sharp - l), vec3f(0.0), vec3f(alpha)), alpha);
}`);
