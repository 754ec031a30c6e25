// The flow of a picture; what the passes do is said in ../glsl/flow.js.

import { pass } from "./common.js";

const SIGNED = `
fn packSigned(v: vec2f) -> vec2f { return (128.0 + 127.0 * v) / 255.0; }
fn unpackSigned(c: vec2f) -> vec2f { return (255.0 * c - 128.0) / 127.0; }
`;

const TENSOR = `${SIGNED}
fn packTensor(t: vec3f) -> vec4f {
  let f = packSigned(vec2f(sign(t.y) * sqrt(abs(t.y)))).x;
  return vec4f(sqrt(t.x), f, sqrt(t.z), 1.0);
}

fn tensorAt(at: vec2f) -> vec3f {
  let c = look(image0, at);
  let f = unpackSigned(c.yy).x;
  return vec3f(c.x * c.x, sign(f) * f * f, c.z * c.z);
}
`;

export const tensor = pass(1, `${TENSOR}
@fragment
fn paint(@builtin(position) position: vec4f) -> @location(0) vec4f {
  let d = u[1].xy;
  let at = here(position);
  let nw = look(image0, at + d * vec2f(-1.0, -1.0));
  let n = look(image0, at + d * vec2f(0.0, -1.0));
  let ne = look(image0, at + d * vec2f(1.0, -1.0));
  let e = look(image0, at + d * vec2f(1.0, 0.0));
  let se = look(image0, at + d * vec2f(1.0, 1.0));
  let s = look(image0, at + d * vec2f(0.0, 1.0));
  let sw = look(image0, at + d * vec2f(-1.0, 1.0));
  let w = look(image0, at + d * vec2f(-1.0, 0.0));
  let fx = (3.0 * (ne - nw + se - sw) + 10.0 * (e - w)) / 32.0;
  let fy = (3.0 * (sw - nw + se - ne) + 10.0 * (s - n)) / 32.0;
  return packTensor(vec3f(dot(fx, fx), dot(fx, fy), dot(fy, fy)));
}`);

const BLUR = `
fn blurredTensor(at: vec2f) -> vec3f {
  var sum = tensorAt(at);
  var total = 1.0;
  for (var i = 1.0; i <= u[1].z; i += 1.0) {
    let weight = exp(-i * i * u[1].w);
    sum += weight * (tensorAt(at + i * u[1].xy) + tensorAt(at - i * u[1].xy));
    total += 2.0 * weight;
  }
  return sum / total;
}
`;

export const tensorBlur = pass(1, `${TENSOR}${BLUR}
@fragment
fn paint(@builtin(position) position: vec4f) -> @location(0) vec4f {
  return packTensor(blurredTensor(here(position)));
}`);

export const flow = pass(1, `${TENSOR}${BLUR}
@fragment
fn paint(@builtin(position) position: vec4f) -> @location(0) vec4f {
  let t = blurredTensor(here(position));
  let doubled = vec2f(t.x - t.z, 2.0 * t.y) / (t.x + t.z + 2e-4);
  return vec4f(packSigned(doubled), 0.0, 1.0);
}`);

// For passes that follow the flow.
export const FLOW = `${SIGNED}
fn doubledAngle(at: vec2f) -> vec2f {
  return unpackSigned(look(image1, at).xy);
}

fn gradient(measured: vec2f) -> vec2f {
  let doubled = measured + vec2f(0.01, 0.0);
  let cosine = doubled.x / max(length(doubled), 1e-4);
  return vec2f(sqrt(max(0.5 + 0.5 * cosine, 0.0)),
    select(1.0, -1.0, doubled.y < 0.0) * sqrt(max(0.5 - 0.5 * cosine, 0.0)));
}

fn tangent(doubled: vec2f) -> vec2f {
  let g = gradient(doubled);
  return vec2f(-g.y, g.x);
}
`;
