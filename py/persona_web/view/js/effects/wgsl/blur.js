// The background blurred behind the person; what the passes do is said in ../glsl/blur.js.

import { pass } from "./common.js";

export const backdrop = pass(1, `
@fragment
fn paint(@builtin(position) position: vec4f) -> @location(0) vec4f {
  let at = here(position);
  var sum = vec4f(0.0);
  var most = 0.0;
  for (var y = -1; y <= 1; y++) {
    for (var x = -1; x <= 1; x++) {
      let c = look(image0, at + vec2f(f32(x), f32(y)) * u[1].xy);
      let weight = 1.0 - smoothstep(0.0, 0.35, c.a);
      sum += vec4f(c.rgb * weight, weight);
      most = max(most, c.a);
    }
  }
  return sum / 9.0 * (1.0 - smoothstep(0.1, 0.5, most));
}`);

export const backdropBlur = pass(1, `
@fragment
fn paint(@builtin(position) position: vec4f) -> @location(0) vec4f {
  let at = here(position);
  var sum = look(image0, at);
  var total = 1.0;
  for (var i = 1.0; i <= u[1].z; i += 1.0) {
    let weight = exp(-i * i * u[1].w);
    sum += weight * (look(image0, at + i * u[1].xy) + look(image0, at - i * u[1].xy));
    total += 2.0 * weight;
  }
  return sum / total;
}`);

export const backdropMix = pass(2, `
@fragment
fn paint(@builtin(position) position: vec4f) -> @location(0) vec4f {
  let c = look(image0, here(position));
  let sum = look(image1, here(position));
  let behind = mix(c.rgb, sum.rgb / max(sum.a, 1e-3), smoothstep(0.0, 0.02, sum.a));
  let person = smoothstep(0.1, 0.75, c.a);
  return vec4f(mix(mix(c.rgb, behind, u[1].x), c.rgb, person), 1.0);
}`);
