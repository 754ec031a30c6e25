// The flow of a picture: along which direction its lines run.
//
// The structure tensor (sums of products of the picture's derivatives) is smoothed and turned
// into the doubled angle of the gradient times the anisotropy, which interpolates without the
// jump that directions have. After Brox, Weickert, Burgeth, Mrazek 2006, "Nonlinear structure
// tensors"; stored by square roots, so that eight bits are as fine as the picture's own.

import { pass } from "./common.js";

// Signed numbers in eight bits, with a zero that is one: else no direction would lean one way.
const SIGNED = `
vec2 packSigned(vec2 v) { return (128.0 + 127.0 * v) / 255.0; }
vec2 unpackSigned(vec2 c) { return (255.0 * c - 128.0) / 127.0; }
`;

const TENSOR = `${SIGNED}
vec4 packTensor(vec3 t) {
  float f = packSigned(vec2(sign(t.y) * sqrt(abs(t.y)))).x;
  return vec4(sqrt(t.x), f, sqrt(t.z), 1.0);
}

vec3 unpackTensor(vec4 c) {
  float f = unpackSigned(c.yy).x;
  return vec3(c.x * c.x, sign(f) * f * f, c.z * c.z);
}
`;

// The gradient by Scharr's kernel, whose direction is right at every angle.
export const tensor = pass(1, `${TENSOR}
void main() {
  vec2 d = u[1].xy;  // a step of the output
  vec2 at = here();
  vec4 nw = texture(image0, at + d * vec2(-1, -1)), n = texture(image0, at + d * vec2(0, -1));
  vec4 ne = texture(image0, at + d * vec2(1, -1)), e = texture(image0, at + d * vec2(1, 0));
  vec4 se = texture(image0, at + d * vec2(1, 1)), s = texture(image0, at + d * vec2(0, 1));
  vec4 sw = texture(image0, at + d * vec2(-1, 1)), w = texture(image0, at + d * vec2(-1, 0));
  vec4 fx = (3.0 * (ne - nw + se - sw) + 10.0 * (e - w)) / 32.0;
  vec4 fy = (3.0 * (sw - nw + se - ne) + 10.0 * (s - n)) / 32.0;
  colour = packTensor(vec3(dot(fx, fx), dot(fx, fy), dot(fy, fy)));
}`);

const BLUR = `
vec3 blurredTensor() {
  // u[1]: step of the blur, its reach in steps, 1 / (2 * deviation^2)
  vec2 at = here();
  vec3 sum = unpackTensor(texture(image0, at));
  float total = 1.0;
  for (float i = 1.0; i <= u[1].z; i += 1.0) {
    float weight = exp(-i * i * u[1].w);
    sum += weight * (unpackTensor(texture(image0, at + i * u[1].xy))
      + unpackTensor(texture(image0, at - i * u[1].xy)));
    total += 2.0 * weight;
  }
  return sum / total;
}
`;

export const tensorBlur = pass(1, `${TENSOR}${BLUR}
void main() {
  colour = packTensor(blurredTensor());
}`);

export const flow = pass(1, `${TENSOR}${BLUR}
void main() {
  vec3 t = blurredTensor();
  vec2 doubled = vec2(t.x - t.z, 2.0 * t.y) / (t.x + t.z + 2e-4);
  colour = vec4(packSigned(doubled), 0.0, 1.0);
}`);

// For passes that follow the flow.
export const FLOW = `${SIGNED}
vec2 doubledAngle(vec4 c) {
  return unpackSigned(c.xy);
}

// The unit gradient of a doubled angle; across it runs the line. Where nothing has a direction
// it is level, which is the same from below as from above.
vec2 gradient(vec2 doubled) {
  doubled.x += 0.01;
  float cosine = doubled.x / max(length(doubled), 1e-4);
  return vec2(sqrt(max(0.5 + 0.5 * cosine, 0.0)),
    (doubled.y < 0.0 ? -1.0 : 1.0) * sqrt(max(0.5 - 0.5 * cosine, 0.0)));
}
`;
