// Passes that every effect uses.

import { pass } from "./common.js";

// u[1].x: 1 where alpha is a matte, which the person does not see.
export const copy = pass(1, `
void main() {
  colour = texture(image0, here());
  colour.a = max(colour.a, u[1].x);
}`);

// The person without what is behind them, of which the matte's soft edge has a part.
export const cutout = pass(1, `
void main() {
  colour = texture(image0, here());
  float seen = smoothstep(0.35, 0.9, colour.a);
  colour = vec4(colour.rgb * seen, seen);
}`);

// An ImageBitmap comes with its first row on top, a scene has it at the bottom.
export const turn = pass(1, `
void main() {
  colour = texture(image0, vec2(here().x, 1.0 - here().y));
}`);

// Makes a smaller picture. u[1].x as above; u[1].yz: half the distance of the four samples.
export const reduce = pass(1, `
void main() {
  vec2 at = here();
  vec2 d = u[1].yz;
  colour = 0.25 * (texture(image0, at + d) + texture(image0, at - d)
    + texture(image0, at + vec2(d.x, -d.y)) + texture(image0, at + vec2(-d.x, d.y)));
  colour.a = max(colour.a, u[1].x);
}`);

// Unsharp masking of the brightness, held between the darkest and the brightest neighbour, so
// that no edge gets a halo; what is hardly there is grain and stays so. u[1]: opaque,
// amount, and the distance of the neighbours.
export const sharpen = pass(1, `
float bright(vec2 at) {
  return dot(texture(image0, at).rgb, vec3(0.299, 0.587, 0.114));
}

void main() {
  vec2 at = here();
  vec2 d = u[1].zw;
  vec4 c = texture(image0, at);
  float n = bright(at - vec2(0, d.y)), s = bright(at + vec2(0, d.y));
  float w = bright(at - vec2(d.x, 0)), e = bright(at + vec2(d.x, 0));
  float nw = bright(at - d), se = bright(at + d);
  float ne = bright(at + vec2(d.x, -d.y)), sw = bright(at + vec2(-d.x, d.y));
  float l = dot(c.rgb, vec3(0.299, 0.587, 0.114));
  float blurred = 0.25 * l + 0.125 * (n + s + w + e) + 0.0625 * (nw + ne + sw + se);
  float low = min(l, min(min(min(n, s), min(w, e)), min(min(nw, ne), min(sw, se))));
  float high = max(l, max(max(max(n, s), max(w, e)), max(max(nw, ne), max(sw, se))));
  float detail = (l - blurred) * smoothstep(0.0, 0.02, abs(l - blurred));
  float sharp = clamp(l + u[1].y * detail, low, high);
  c.a = max(c.a, u[1].x);
  c.rgb = clamp(c.rgb + (sharp - l), 0.0, c.a);
  colour = c;
}`);
