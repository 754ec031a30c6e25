// The background blurred behind the person.
//
// Only the background is averaged: each sample counts as much as it is background, and the sum
// is divided by the weights (normalised convolution, Knutsson and Westin 1993). So nothing of
// the person glows into the blur around them, and the place behind them is filled from the side.

import { pass } from "./common.js";

// The background alone; its seam with the person, where a matte is least to be trusted, counts
// as person. u[1].xy: the distance of the samples.
export const backdrop = pass(1, `
void main() {
  vec2 at = here();
  vec4 sum = vec4(0.0);
  float most = 0.0;
  for (int y = -1; y <= 1; y++) {
    for (int x = -1; x <= 1; x++) {
      vec4 c = texture(image0, at + vec2(x, y) * u[1].xy);
      float weight = 1.0 - smoothstep(0.0, 0.35, c.a);
      sum += vec4(c.rgb * weight, weight);
      most = max(most, c.a);
    }
  }
  colour = sum / 9.0 * (1.0 - smoothstep(0.1, 0.5, most));
}`);

// u[1]: step, reach in steps, 1 / (2 * deviation^2) in steps
export const backdropBlur = pass(1, `
void main() {
  vec2 at = here();
  vec4 sum = texture(image0, at);
  float total = 1.0;
  for (float i = 1.0; i <= u[1].z; i += 1.0) {
    float weight = exp(-i * i * u[1].w);
    sum += weight * (texture(image0, at + i * u[1].xy) + texture(image0, at - i * u[1].xy));
    total += 2.0 * weight;
  }
  colour = sum / total;
}`);

// image0: the scene, image1: the blurred backdrop; u[1].x: how much of it replaces the sharp one
export const backdropMix = pass(2, `
void main() {
  vec4 c = texture(image0, here());
  vec4 sum = texture(image1, here());
  // Deep inside the person there may be no background to be had, and none is seen.
  vec3 behind = mix(c.rgb, sum.rgb / max(sum.a, 1e-3), smoothstep(0.0, 0.02, sum.a));
  float person = smoothstep(0.1, 0.75, c.a);
  colour = vec4(mix(mix(c.rgb, behind, u[1].x), c.rgb, person), 1.0);
}`);
