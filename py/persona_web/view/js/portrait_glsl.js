// The portrait's shaders for WebGL2. The blocks are persona_core.portrait's: `Frame` is
// layout.py, by whose names it is read, `Look` is tiles.py. "Picture" means pixels of the photo's
// size, x right and y down, in which a frame is posed; `view` takes them to the scene.

import * as layout from "./portrait_layout.js";

const names = Object.entries(layout).map(([name, value]) => `const int ${name} = ${value};`);

const BLOCKS = `
${names.join("\n")}
layout(std140) uniform Frame { vec4 frame[VECTORS]; };
layout(std140) uniform Look { vec4 look[8]; };
uniform vec4 view; // picture to clip space: scale x, y, offset x, y
uniform vec2 size; // of the photo in pixels

vec2 rim(int index) {
  vec4 two = frame[RIMS + index / 2];
  return (index & 1) == 0 ? two.xy : two.zw;
}
vec4 toClip(vec2 at, float depth) {
  return vec4(at * view.xy + view.zw, clamp(depth / (4.0 * size.y), -1.0, 1.0), 1.0);
}
`;

const VERTEX = `#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
${BLOCKS}`;

export const FRAGMENT = `#version 300 es
precision highp float;
precision highp int;
${BLOCKS}
out vec4 colour;
`;

// The photo; where it ends and the scene does not, a blurred mirror image of its background.
export const PHOTO = `
uniform sampler2D photo;
uniform sampler2D matte;
uniform sampler2D plate;
uniform vec2 feather; // 1 where the scene is wider, higher than the photo
uniform float layered; // 1 where it is known who is the person

float inPhoto(vec2 at) {
  vec2 inside = vec2(min(at.x, size.x - at.x), at.y); // it stands on the floor
  inside = inside / (0.03 * min(size.x, size.y)) + 2.0 * (1.0 - feather);
  return smoothstep(0.0, 1.0, min(inside.x, inside.y));
}
vec3 photoAt(vec2 at) {
  return texture(photo, at / size, -0.5).rgb;
}
vec3 surroundings(vec2 at) {
  if (layered < 0.5) return textureLod(photo, at / size, 5.0).rgb;
  vec3 sum = vec3(0.0);
  for (int y = -2; y <= 2; y++) {
    for (int x = -2; x <= 2; x++) sum += texture(plate, at / size + 0.015 * vec2(x, y)).rgb;
  }
  return sum / 25.0;
}
`;

const TILES = `
uniform sampler2D atlas;
uniform vec2 halfScene; // half the scene's width and height in pixels
vec4 tile(int index, vec3 square, vec2 at) {
  vec2 inside = clamp((at - square.xy) / square.z, 0.004, 0.996);
  return texture(atlas, vec2((float(index) + inside.x) / 7.0, inside.y));
}
`;

export const BACKDROP_VERTEX = `${VERTEX}
out vec2 at;
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0;
  at = (corner - view.zw) / view.xy;
  gl_Position = vec4(corner, 1.0, 1.0);
}`;

// What is behind the person: the photo's background, completed where they stand.
export const BACKDROP_FRAGMENT = `${FRAGMENT}${PHOTO}
in vec2 at;
void main() {
  vec4 behind = texture(plate, at / size);
  vec3 inside = mix(photoAt(at), behind.rgb, behind.a);
  float share = inPhoto(at);
  colour = vec4(share < 1.0 ? mix(surroundings(at), inside, share) : inside, 0.0);
}`;

// A vertex of the mesh, bent and turned: where it is in the picture.
export const POSED = `${VERTEX}
layout(location = 0) in vec4 point;
layout(location = 1) in vec4 pixel; // x, y in the photo; right, left upper lid
layout(location = 2) in uvec4 pins;
layout(location = 3) in vec4 pinWeights;
uniform sampler2D moves;
uniform ivec2 counts; // moves, vertices

vec3 posed() {
  vec3 moved = vec3(0.0);
  for (int k = 0; k < counts.x; k++) {
    float weight = frame[WEIGHTS + (k >> 2)][k & 3];
    if (abs(weight) < 1e-4) continue;
    int texel = k * counts.y + gl_VertexID;
    moved += weight * texelFetch(moves, ivec2(texel & 2047, texel >> 11), 0).xyz;
  }
  for (int i = 0; i < 4; i++) moved += pinWeights[i] * frame[FIXES + int(pins[i])].xyz;
  vec3 head, rest;
  for (int i = 0; i < 3; i++) {
    head[i] = dot(frame[HEAD + i], vec4(point.xyz, 1.0));
    rest[i] = dot(frame[REST + i], vec4(point.xyz, 1.0));
  }
  vec3 shown = mix(rest, head, point.w);
  for (int i = 0; i < 3; i++) shown[i] += dot(frame[HEAD + i].xyz, moved);
  return shown;
}
`;

export const MESH_VERTEX = `${POSED}
out vec2 at;
out vec2 lids;

void main() {
  vec3 shown = posed();
  at = pixel.xy;
  lids = pixel.zw * vec2(frame[IRISES].z, frame[IRISES + 1].z);
  gl_Position = toClip(shown.xy, shown.z);
}`;

// Alpha is the matte, and hides what is not the person where it is known who is.
export const MESH_FRAGMENT = `${FRAGMENT}${TILES}${PHOTO}
in vec2 at;
in vec2 lids;
void main() {
  vec3 skin = photoAt(at);
  float person = texture(matte, at / size).r;
  float shown = inPhoto(at) * mix(1.0, smoothstep(0.12, 0.6, person), layered);
  if (shown < 0.004) discard;
  // A lid that unrolls would draw its lashes out into fur.
  for (int eye = 0; eye < 2; eye++) {
    if (lids[eye] < 0.01) continue;
    vec4 bare = tile(5 + eye, look[eye].xyz, at);
    skin = mix(skin, bare.rgb, bare.a * smoothstep(0.1, 0.6, lids[eye]));
  }
  colour = vec4(skin, shown);
}`;

// A rectangle around a rim; \`first\` and \`count\` say which of the rims' points it has.
const AROUND_RIM = `
vec2 around(int first, int count, float margin) {
  vec2 low = rim(first), high = low;
  for (int i = 1; i < count; i++) {
    low = min(low, rim(first + i));
    high = max(high, rim(first + i));
  }
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  return mix(low - margin, high + margin, corner);
}
`;

// Pixels of the picture to a rim: to its lower side (the first half of its points), to its upper
// side, both positive, and 1 inside.
const TO_RIM = `
vec3 toRim(vec2 at, int first, int count) {
  vec2 nearest = vec2(1e9);
  bool inside = false;
  vec2 a = rim(first);
  for (int i = 0; i < count; i++) {
    vec2 b = rim(first + (i + 1 == count ? 0 : i + 1));
    vec2 span = b - a, off = at - a;
    vec2 gap = off - span * clamp(dot(off, span) / max(dot(span, span), 1e-9), 0.0, 1.0);
    int side = i < count / 2 ? 0 : 1;
    nearest[side] = min(nearest[side], dot(gap, gap));
    if ((a.y > at.y) != (b.y > at.y) && at.x < a.x + (at.y - a.y) * span.x / span.y) {
      inside = !inside;
    }
    a = b;
  }
  return vec3(sqrt(nearest), inside ? 1.0 : 0.0);
}
// How much of a pixel lies inside, from the distance to the rim.
float covered(vec3 distances, float inset) {
  float edge = min(distances.x, distances.y) * (distances.z > 0.5 ? 1.0 : -1.0) - inset;
  float pixel = 1.0 / abs(view.x * halfScene.x); // a pixel of the scene, in the picture
  return clamp(edge / pixel + 0.5, 0.0, 1.0);
}
`;

export const EYE_VERTEX = `${VERTEX}${AROUND_RIM}
flat out int eye;
out vec2 at;
void main() {
  eye = gl_InstanceID;
  at = around(EYE_RIM * eye, EYE_RIM, 0.3 * look[eye].w);
  gl_Position = toClip(at, 0.0);
}`;

export const EYE_FRAGMENT = `${FRAGMENT}${TILES}${TO_RIM}
flat in int eye;
in vec2 at;
void main() {
  vec4 square = look[eye];
  float radius = square.w;
  vec3 distances = toRim(at, EYE_RIM * eye, EYE_RIM);
  vec4 rowX = frame[EYES + 2 * eye], rowY = frame[EYES + 2 * eye + 1];
  vec2 there = vec2(dot(rowX.xyz, vec3(at, 1.0)), dot(rowY.xyz, vec3(at, 1.0)));
  vec4 white = tile(2 * eye, square.xyz, there);
  vec4 iris = tile(2 * eye + 1, square.xyz, there - frame[IRISES + eye].xy);
  vec3 ball = mix(white.rgb, iris.rgb, iris.a);
  ball *= mix(0.8, 1.0, smoothstep(0.0, 0.6 * radius, distances.y)); // the upper lid's shadow
  // At its rim the photo's own eye goes on, which the mesh has moved: the edge of a lid is finer
  // there than landmarks tell. It is the whole eye while nothing has moved.
  float inner = min(distances.x, distances.y) * distances.z;
  float open = smoothstep(0.0, 0.24 * radius, inner) * rowY.w;
  // Where lids meet, lashes make a line.
  float line = 1.0 - smoothstep(0.0, 0.2 * radius, distances.y);
  float lash = rowX.w * 0.7 * line * line * (1.0 - open);
  float alpha = max(open, lash);
  vec3 lashes = vec3(0.2, 0.16, 0.14) * look[6].rgb;
  colour = vec4(mix(lashes, ball, open / max(alpha, 1e-4)), alpha);
}`;

export const MOUTH_VERTEX = `${VERTEX}${AROUND_RIM}
out vec2 at;
void main() {
  at = around(2 * EYE_RIM, MOUTH_RIM, 0.1 * look[6].w);
  gl_Position = toClip(at, 0.0);
}`;

export const MOUTH_FRAGMENT = `${FRAGMENT}${TILES}${TO_RIM}${PHOTO}
in vec2 at;

// A row of teeth at p: cm right of its middle, and beyond the biting edge (negative towards the
// gum). Gives brightness and coverage.
vec2 teeth(vec2 p, float size, float soft) {
  float x = abs(p.x) / size;
  // The arch turns away: teeth of 8.5, 6.5, 7.5, 7 mm look ever narrower.
  const float EDGES[7] = float[7](0.0, 0.84, 1.46, 2.08, 2.56, 2.92, 3.2);
  float start = 0.0, end = EDGES[1];
  for (int i = 1; i < 6; i++) if (x >= EDGES[i]) { start = EDGES[i]; end = EDGES[i + 1]; }
  float t = clamp((x - start) / (end - start), 0.0, 1.0);
  float rounding = pow(abs(2.0 * t - 1.0), 3.0) * 0.09 * size;
  float shorter = 0.05 * smoothstep(0.84, 1.46, x) * (1.0 - smoothstep(1.46, 2.0, x));
  float biting = 1.0 - smoothstep(-soft, soft, p.y + rounding + shorter);
  float gap = 0.84 + 0.16 * smoothstep(0.0, 0.08, min(t, 1.0 - t) * (end - start));
  float bulge = 0.93 + 0.07 * sin(3.14159 * t);
  float away = 1.0 - 0.6 * smoothstep(1.2, 3.1, x);
  return vec2(gap * bulge * away, biting * step(x, 3.2));
}

void main() {
  vec3 distances = toRim(at, 2 * EYE_RIM, MOUTH_RIM);
  vec3 p = vec3(at, 1.0);
  vec2 upper = vec2(dot(frame[MOUTH].xyz, p), dot(frame[MOUTH + 1].xyz, p));
  vec2 lower = vec2(dot(frame[MOUTH + 2].xyz, p), dot(frame[MOUTH + 3].xyz, p));
  vec2 there = vec2(dot(frame[MOUTH + 4].xyz, p), dot(frame[MOUTH + 5].xyz, p));
  float cm = look[6].w, open = frame[MOUTH + 1].w;
  float soft = 0.6 / max(cm * abs(view.x * halfScene.x), 1.0) + 0.02;
  vec3 flesh = look[5].rgb;

  float depth = smoothstep(0.0, 1.6, upper.y);
  vec3 inner = flesh * mix(0.20, 0.34, depth);
  // The tongue lies on the floor and comes with the jaw.
  vec2 onTongue = (lower - vec2(0.0, 0.75)) / vec2(1.75, 0.95);
  float tongue = 1.0 - smoothstep(0.75, 1.05, length(onTongue));
  float ridge = 0.86 + 0.14 * smoothstep(0.0, 0.25, abs(lower.x));
  inner = mix(inner, flesh * ridge * mix(1.08, 0.72, clamp(length(onTongue), 0.0, 1.0)), tongue);
  // Lower teeth stand on the jaw, a little behind the upper ones.
  vec2 low = teeth(vec2(lower.x, 0.78 - lower.y), 0.72, soft);
  float lowGum = smoothstep(0.0, 0.15, lower.y - 1.4);
  vec3 dark = flesh * 0.4; // what teeth fade into
  vec3 lowTeeth = mix(dark, look[4].rgb * 0.86, low.x);
  inner = mix(inner, mix(lowTeeth, flesh * 0.8, lowGum), low.y);
  // Upper teeth belong to the head, but a lip that rises shows no more than their length.
  float biting = min(look[4].w, frame[MOUTH + 3].w + 1.05);
  vec2 high = teeth(vec2(upper.x, upper.y - biting), 1.0, soft);
  float gum = 1.0 - smoothstep(-0.06, 0.06, upper.y - biting + 1.2 - 0.08 * cos(upper.x * 7.4));
  inner = mix(inner, mix(mix(dark, look[4].rgb, high.x), flesh * 1.05, gum), high.y);

  // Lips and cheeks shade what is behind them.
  float shade = mix(0.66, 1.0, smoothstep(0.0, 0.3 * cm, distances.y));
  shade *= mix(0.7, 1.0, smoothstep(0.0, 0.15 * cm, distances.x));
  inner *= shade;

  float own = tile(4, look[2].xyz, there).a * look[2].w;
  inner = mix(inner, photoAt(there), own);
  float alpha = covered(distances, -0.03 * cm) * max(own, smoothstep(0.03, 0.14, open));
  // Lips pressed on each other have rolled their dark line inwards: it is drawn anew.
  float line = frame[MOUTH + 2].w * (1.0 - smoothstep(0.0, 0.07 * cm, min(distances.x, distances.y)));
  line *= 0.55 * (1.0 - alpha);
  colour = vec4(mix(0.3 * flesh, inner, alpha / max(alpha + line, 1e-4)), alpha + line);
}`;
