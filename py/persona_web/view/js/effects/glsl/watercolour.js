// The picture as a watercolour: washes with darkened rims, clouded pigment, the tooth of paper.
//
// Washes by an anisotropic Kuwahara filter (Kyprianidis, Kang, Doellner 2009), its eight sectors
// sampled sparsely; pigment after Bousseau, Kaplan, Thollot, Sillion 2006, "Interactive
// watercolor rendering with temporal coherence and abstraction".

import { pass } from "./common.js";
import { FLOW } from "./flow.js";

// By eighths of a turn; and a quarter of that to either side.
const turns = (offset) =>
  `vec2[8](${Array.from({ length: 8 }, (_, k) => {
    const angle = (k + offset) * (Math.PI / 4);
    return `vec2(${Math.cos(angle).toFixed(6)}, ${Math.sin(angle).toFixed(6)})`;
  }).join(", ")})`;

// Each sector of an ellipse along the flow gives a mean; the calmest sectors win.
// image1: flow; u[1]: radius in texels, rings, sharpness of the choice.
export const washes = pass(2, `${FLOW}
const vec2 MIDDLE[8] = ${turns(0)};
const vec2 LEFT[8] = ${turns(-0.27)};
const vec2 RIGHT[8] = ${turns(0.27)};

void main() {
  vec2 at = here();
  vec2 doubled = doubledAngle(texture(image1, at));
  vec2 g = gradient(doubled);
  float stretch = 1.0 + 0.6 * min(length(doubled), 1.0);
  mat2 ellipse = mat2(
    vec2(-g.y, g.x) * u[1].x * stretch * texel(), g * u[1].x / stretch * texel());
  vec4 middle = texture(image0, at);
  vec4 middle2 = middle * middle;
  vec4 sum = vec4(0.0);
  float total = 0.0;
  for (int k = 0; k < 8; k++) {
    vec4 c = texture(image0, at + ellipse * (MIDDLE[k] / u[1].y));
    vec4 mean = middle + 2.0 * c, square = middle2 + 2.0 * c * c;
    float count = 3.0;
    for (float ring = 2.0; ring <= u[1].y; ring += 1.0) {
      float r = ring / u[1].y;
      vec4 a = texture(image0, at + ellipse * (LEFT[k] * r));
      vec4 b = texture(image0, at + ellipse * (RIGHT[k] * r));
      float weight = 1.2 - 0.8 * r * r;
      mean += weight * (a + b);
      square += weight * (a * a + b * b);
      count += 2.0 * weight;
    }
    mean /= count;
    vec4 variance = max(square / count - mean * mean, 0.0);
    float calm = u[1].z * dot(variance, vec4(1.0));
    calm *= calm;
    calm = 1.0 / (1.0 + calm * calm);
    sum += calm * mean;
    total += calm;
  }
  colour = sum / max(total, 1e-6);
}`);

// image0: the original, image1: washes, image2: noise. u[1]: opaque, strength, the noise's tiles
// in the picture; u[2]: how far outlines are pushed (in the picture), distance for the rims.
export const watercolour = pass(3, `
const vec3 PAPER = vec3(0.988, 0.976, 0.950);

// More of a pigment that gives the colour c on white (Bousseau et al., equation 1).
vec3 thicken(vec3 c, float more) {
  return clamp(c * (1.0 - (1.0 - c) * more), 0.0, 1.0);
}

void main() {
  vec2 at = here();
  vec4 original = texture(image0, at);
  original.a = max(original.a, u[1].x);
  // Fixed to the picture, from its top left.
  vec2 place = vec2(at.x, 1.0 - at.y) * u[1].zw;
  vec4 coarse = texture(image2, 0.5 * place), fine = texture(image2, 2.0 * place);
  float tooth = texture(image2, 1.5 * place).r - 0.5;
  float cloud = texture(image2, 0.3 * place).g - 0.5;
  vec2 push = (coarse.ba - 0.5) + 0.3 * (fine.ba - 0.5);
  vec2 from = at + vec2(push.x, -push.y) * u[2].xy;
  vec4 c = texture(image1, from);
  vec2 d = u[2].zw;
  vec4 e = texture(image1, from + vec2(d.x, 0)), w = texture(image1, from - vec2(d.x, 0));
  vec4 s = texture(image1, from + vec2(0, d.y)), n = texture(image1, from - vec2(0, d.y));
  vec4 slope = abs(e - w) + abs(s - n);
  float rim = min(dot(slope, vec4(0.5, 0.5, 0.5, 0.6)), 0.9);

  vec3 paint = c.rgb / max(c.a, 1e-3);
  float l = dot(paint, vec3(0.299, 0.587, 0.114));
  // A few washes, one over the other, with borders that wander.
  float layers = 5.0 * l + 0.5 * cloud + 0.48 * (fine.g - 0.5);
  float part = fract(layers) - 0.5;
  float layered = (floor(layers) + smoothstep(0.25, 0.75, part + 0.5)) / 5.0;
  float pooled = max(1.0 - 12.0 * part * part, 0.0) * step(0.03, l);
  paint *= mix(1.0, clamp(layered / max(l, 0.05), 0.6, 1.5), 0.55);
  paint = mix(vec3(l), paint, 1.3);
  paint = clamp(paint, 0.0, 1.0);
  paint *= 1.3 - 0.3 * paint;  // thinned with water
  // No paint is black; deep shadows are a thick blue grey.
  paint = mix(vec3(0.085, 0.08, 0.105), vec3(1.0), paint);
  float density = 1.1 * rim + 0.12 * pooled + 1.5 * cloud + 0.7 * (fine.g - 0.5) + 0.6 * tooth;
  paint = PAPER * thicken(paint, density) + 0.12 * tooth * (0.3 + 0.7 * l);
  // The brush leaves the paper's margin alone.
  vec2 margin = min(at, 1.0 - at) * u[1].zw / 1.5;
  float painted = min(margin.x, margin.y) + 0.05 * (coarse.b - 0.5) + 0.05 * (fine.g - 0.5);
  float covered = mix(1.0, smoothstep(0.012, 0.022, painted), u[1].x);
  paint = thicken(paint, 0.5 * u[1].x * (1.0 - smoothstep(0.02, 0.034, painted)));
  paint = mix(PAPER + 0.10 * tooth, paint, covered);
  colour = mix(original, vec4(clamp(paint, 0.0, 1.0), 1.0) * mix(original.a, c.a, 0.85), u[1].y);
}`);
