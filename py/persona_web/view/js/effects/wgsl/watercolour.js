// The picture as a watercolour; what the passes do is said in ../glsl/watercolour.js.

import { pass } from "./common.js";
import { FLOW } from "./flow.js";

const turns = (offset) =>
  `array<vec2f, 8>(${Array.from({ length: 8 }, (_, k) => {
    const angle = (k + offset) * (Math.PI / 4);
    return `vec2f(${Math.cos(angle).toFixed(6)}, ${Math.sin(angle).toFixed(6)})`;
  }).join(", ")})`;

export const washes = pass(2, `${FLOW}
var<private> MIDDLE: array<vec2f, 8> = ${turns(0)};
var<private> LEFT: array<vec2f, 8> = ${turns(-0.27)};
var<private> RIGHT: array<vec2f, 8> = ${turns(0.27)};

@fragment
fn paint(@builtin(position) position: vec4f) -> @location(0) vec4f {
  let at = here(position);
  let doubled = doubledAngle(at);
  let g = gradient(doubled);
  let stretch = 1.0 + 0.6 * min(length(doubled), 1.0);
  let ellipse = mat2x2f(
    vec2f(-g.y, g.x) * u[1].x * stretch * texel(), g * u[1].x / stretch * texel());
  let middle = look(image0, at);
  let middle2 = middle * middle;
  var sum = vec4f(0.0);
  var total = 0.0;
  for (var k = 0; k < 8; k++) {
    let c = look(image0, at + ellipse * (MIDDLE[k] / u[1].y));
    var mean = middle + 2.0 * c;
    var square = middle2 + 2.0 * c * c;
    var count = 3.0;
    for (var ring = 2.0; ring <= u[1].y; ring += 1.0) {
      let r = ring / u[1].y;
      let a = look(image0, at + ellipse * (LEFT[k] * r));
      let b = look(image0, at + ellipse * (RIGHT[k] * r));
      let weight = 1.2 - 0.8 * r * r;
      mean += weight * (a + b);
      square += weight * (a * a + b * b);
      count += 2.0 * weight;
    }
    mean /= count;
    let variance = max(square / count - mean * mean, vec4f(0.0));
    var calm = u[1].z * dot(variance, vec4f(1.0));
    calm *= calm;
    calm = 1.0 / (1.0 + calm * calm);
    sum += calm * mean;
    total += calm;
  }
  return sum / max(total, 1e-6);
}`);

export const watercolour = pass(3, `
const PAPER = vec3f(0.988, 0.976, 0.950);

fn noise(at: vec2f) -> vec4f {
  return textureSampleLevel(image2, tiled, at, 0.0);
}

fn thicken(c: vec3f, more: f32) -> vec3f {
  return clamp(c * (1.0 - (1.0 - c) * more), vec3f(0.0), vec3f(1.0));
}

@fragment
fn paint(@builtin(position) position: vec4f) -> @location(0) vec4f {
  let at = here(position);
  var original = look(image0, at);
  original.a = max(original.a, u[1].x);
  let place = at * u[1].zw;
  let coarse = noise(0.5 * place);
  let fine = noise(2.0 * place);
  let tooth = noise(1.5 * place).r - 0.5;
  let cloud = noise(0.3 * place).g - 0.5;
  let push = (coarse.ba - 0.5) + 0.3 * (fine.ba - 0.5);
  let origin = at + push * u[2].xy;
  let c = look(image1, origin);
  let d = u[2].zw;
  let slope = abs(look(image1, origin + vec2f(d.x, 0.0)) - look(image1, origin - vec2f(d.x, 0.0)))
    + abs(look(image1, origin + vec2f(0.0, d.y)) - look(image1, origin - vec2f(0.0, d.y)));
  let rim = min(dot(slope, vec4f(0.5, 0.5, 0.5, 0.6)), 0.9);

  var wash = c.rgb / max(c.a, 1e-3);
  let l = dot(wash, vec3f(0.299, 0.587, 0.114));
  let layers = 5.0 * l + 0.5 * cloud + 0.48 * (fine.g - 0.5);
  let part = fract(layers) - 0.5;
  let layered = (floor(layers) + smoothstep(0.25, 0.75, part + 0.5)) / 5.0;
  let pooled = max(1.0 - 12.0 * part * part, 0.0) * step(0.03, l);
  wash *= mix(1.0, clamp(layered / max(l, 0.05), 0.6, 1.5), 0.55);
  wash = mix(vec3f(l), wash, 1.3);
  wash = clamp(wash, vec3f(0.0), vec3f(1.0));
  wash *= 1.3 - 0.3 * wash;
  wash = mix(vec3f(0.085, 0.08, 0.105), vec3f(1.0), wash);
  let density = 1.1 * rim + 0.12 * pooled + 1.5 * cloud + 0.7 * (fine.g - 0.5) + 0.6 * tooth;
  wash = PAPER * thicken(wash, density) + 0.12 * tooth * (0.3 + 0.7 * l);
  let margin = min(at, 1.0 - at) * u[1].zw / 1.5;
  let inside = min(margin.x, margin.y) + 0.05 * (coarse.b - 0.5) + 0.05 * (fine.g - 0.5);
  wash = thicken(wash, 0.5 * u[1].x * (1.0 - smoothstep(0.02, 0.034, inside)));
  wash = mix(PAPER + 0.10 * tooth, wash, mix(1.0, smoothstep(0.012, 0.022, inside), u[1].x));
  let shown = vec4f(clamp(wash, vec3f(0.0), vec3f(1.0)), 1.0) * mix(original.a, c.a, 0.85);
  return mix(original, shown, u[1].y);
}`);
