// The portrait's shaders for WebGPU: the same pictures from the same numbers as portrait_glsl.js,
// which tells what they mean.

import * as layout from "./portrait_layout.js";

const names = Object.entries(layout).map(([name, value]) => `const ${name} = ${value}u;`);

const COMMON = `
${names.join("\n")}
struct View {
  map: vec4f,
  size: vec2f,
  halfScene: vec2f,
  feather: vec2f,
  layered: f32,
  vertices: f32,
  moves: f32,
}
@group(0) @binding(0) var<uniform> frame: array<vec4f, VECTORS>;
@group(0) @binding(1) var<uniform> look: array<vec4f, 8>;
@group(0) @binding(2) var<uniform> view: View;
@group(0) @binding(3) var smooth_: sampler;
@group(0) @binding(4) var mirrored: sampler;
@group(0) @binding(5) var photo: texture_2d<f32>;
@group(0) @binding(6) var matte: texture_2d<f32>;
@group(0) @binding(7) var plate: texture_2d<f32>;
@group(0) @binding(8) var atlas: texture_2d<f32>;
@group(0) @binding(9) var moves: texture_2d<f32>;

fn rim(index: u32) -> vec2f {
  let two = frame[RIMS + index / 2u];
  return select(two.zw, two.xy, (index & 1u) == 0u);
}
fn toClip(at: vec2f, depth: f32) -> vec4f {
  let z = clamp(depth / (4.0 * view.size.y), -1.0, 1.0);
  return vec4f(at * view.map.xy + view.map.zw, 0.5 + 0.5 * z, 1.0);
}

fn inPhoto(at: vec2f) -> f32 {
  let margin = 0.03 * min(view.size.x, view.size.y);
  let reach = vec2f(min(at.x, view.size.x - at.x), at.y);
  let inside = reach / margin + 2.0 * (1.0 - view.feather);
  return smoothstep(0.0, 1.0, min(inside.x, inside.y));
}
fn photoAt(at: vec2f) -> vec3f {
  return textureSampleBias(photo, mirrored, at / view.size, -0.5).rgb;
}
fn surroundings(at: vec2f) -> vec3f {
  if (view.layered < 0.5) { return textureSampleLevel(photo, mirrored, at / view.size, 5.0).rgb; }
  var sum = vec3f(0.0);
  for (var y = -2; y <= 2; y++) {
    for (var x = -2; x <= 2; x++) {
      let near = at / view.size + 0.015 * vec2f(f32(x), f32(y));
      sum += textureSampleLevel(plate, mirrored, near, 0.0).rgb;
    }
  }
  return sum / 25.0;
}
fn tile(index: u32, square: vec3f, at: vec2f) -> vec4f {
  let inside = clamp((at - square.xy) / square.z, vec2f(0.004), vec2f(0.996));
  return textureSampleLevel(atlas, smooth_, vec2f((f32(index) + inside.x) / 7.0, inside.y), 0.0);
}

fn around(corner: u32, first: u32, count: u32, margin: f32) -> vec2f {
  var low = rim(first);
  var high = low;
  for (var i = 1u; i < count; i++) {
    low = min(low, rim(first + i));
    high = max(high, rim(first + i));
  }
  let share = vec2f(f32(corner & 1u), f32(corner >> 1u));
  return mix(low - margin, high + margin, share);
}
fn toRim(at: vec2f, first: u32, count: u32) -> vec3f {
  var lower = 1e9;
  var upper = 1e9;
  var inside = false;
  var a = rim(first);
  for (var i = 0u; i < count; i++) {
    let b = rim(first + select(i + 1u, 0u, i + 1u == count));
    let span = b - a;
    let off = at - a;
    let gap = off - span * clamp(dot(off, span) / max(dot(span, span), 1e-9), 0.0, 1.0);
    if (i < count / 2u) { lower = min(lower, dot(gap, gap)); }
    else { upper = min(upper, dot(gap, gap)); }
    if ((a.y > at.y) != (b.y > at.y) && at.x < a.x + (at.y - a.y) * span.x / span.y) {
      inside = !inside;
    }
    a = b;
  }
  return vec3f(sqrt(lower), sqrt(upper), select(0.0, 1.0, inside));
}
fn covered(distances: vec3f, inset: f32) -> f32 {
  let edge = min(distances.x, distances.y) * select(-1.0, 1.0, distances.z > 0.5) - inset;
  let pixel = 1.0 / abs(view.map.x * view.halfScene.x);
  return clamp(edge / pixel + 0.5, 0.0, 1.0);
}
fn plane(row: u32, at: vec2f) -> vec2f {
  let p = vec3f(at, 1.0);
  return vec2f(dot(frame[row].xyz, p), dot(frame[row + 1u].xyz, p));
}
`;

export const BACKDROP = `${COMMON}
struct Corner { @builtin(position) position: vec4f, @location(0) at: vec2f }

@vertex fn corner(@builtin(vertex_index) index: u32) -> Corner {
  let clip = vec2f(f32(index & 1u), f32(index >> 1u)) * 4.0 - 1.0;
  return Corner(vec4f(clip, 1.0, 1.0), (clip - view.map.zw) / view.map.xy);
}
@fragment fn paint(v: Corner) -> @location(0) vec4f {
  let behind = textureSample(plate, mirrored, v.at / view.size);
  let inside = mix(photoAt(v.at), behind.rgb, behind.a);
  let share = inPhoto(v.at);
  if (share >= 1.0) { return vec4f(inside, 0.0); }
  return vec4f(mix(surroundings(v.at), inside, share), 0.0);
}`;

// A vertex of the mesh, bent and turned: where it is in the picture.
export const POSED = `${COMMON}
struct Vertex {
  @builtin(vertex_index) index: u32,
  @location(0) point: vec4f,
  @location(1) pixel: vec4f,
  @location(2) pins: vec4u,
  @location(3) pinWeights: vec4f,
}

fn posed(v: Vertex) -> vec3f {
  var moved = vec3f(0.0);
  for (var k = 0u; k < u32(view.moves); k++) {
    let weight = frame[WEIGHTS + (k >> 2u)][k & 3u];
    if (abs(weight) < 1e-4) { continue; }
    let texel = k * u32(view.vertices) + v.index;
    moved += weight * textureLoad(moves, vec2u(texel & 2047u, texel >> 11u), 0).xyz;
  }
  for (var i = 0u; i < 4u; i++) { moved += v.pinWeights[i] * frame[FIXES + v.pins[i]].xyz; }
  let point = vec4f(v.point.xyz, 1.0);
  let head = vec3f(dot(frame[HEAD], point), dot(frame[HEAD + 1u], point), dot(frame[HEAD + 2u], point));
  let rest = vec3f(dot(frame[REST], point), dot(frame[REST + 1u], point), dot(frame[REST + 2u], point));
  return mix(rest, head, v.point.w) + vec3f(
    dot(frame[HEAD].xyz, moved), dot(frame[HEAD + 1u].xyz, moved), dot(frame[HEAD + 2u].xyz, moved),
  );
}
`;

export const MESH = `${POSED}
struct Shown {
  @builtin(position) position: vec4f,
  @location(0) at: vec2f,
  @location(1) lids: vec2f,
}

@vertex fn move_(v: Vertex) -> Shown {
  let shown = posed(v);
  let lids = v.pixel.zw * vec2f(frame[IRISES].z, frame[IRISES + 1u].z);
  return Shown(toClip(shown.xy, shown.z), v.pixel.xy, lids);
}
@fragment fn paint(v: Shown) -> @location(0) vec4f {
  var skin = photoAt(v.at);
  let person = textureSample(matte, smooth_, v.at / view.size).r;
  let shown = inPhoto(v.at) * mix(1.0, smoothstep(0.12, 0.6, person), view.layered);
  if (shown < 0.004) { discard; }
  for (var eye = 0u; eye < 2u; eye++) {
    if (v.lids[eye] < 0.01) { continue; }
    let bare = tile(5u + eye, look[eye].xyz, v.at);
    skin = mix(skin, bare.rgb, bare.a * smoothstep(0.1, 0.6, v.lids[eye]));
  }
  return vec4f(skin, shown);
}`;

export const EYES = `${COMMON}
struct Corner {
  @builtin(position) position: vec4f,
  @location(0) at: vec2f,
  @location(1) @interpolate(flat) eye: u32,
}

@vertex fn corner(@builtin(vertex_index) index: u32, @builtin(instance_index) eye: u32) -> Corner {
  let at = around(index, EYE_RIM * eye, EYE_RIM, 0.3 * look[eye].w);
  return Corner(toClip(at, 0.0), at, eye);
}
@fragment fn paint(v: Corner) -> @location(0) vec4f {
  let square = look[v.eye];
  let radius = square.w;
  let row = EYES + 2u * v.eye;
  let distances = toRim(v.at, EYE_RIM * v.eye, EYE_RIM);
  let there = plane(row, v.at);
  let white = tile(2u * v.eye, square.xyz, there);
  let iris = tile(2u * v.eye + 1u, square.xyz, there - frame[IRISES + v.eye].xy);
  var ball = mix(white.rgb, iris.rgb, iris.a);
  ball *= mix(0.8, 1.0, smoothstep(0.0, 0.6 * radius, distances.y));
  let inner = min(distances.x, distances.y) * distances.z;
  let open = smoothstep(0.0, 0.24 * radius, inner) * frame[row + 1u].w;
  let line = 1.0 - smoothstep(0.0, 0.2 * radius, distances.y);
  let lash = frame[row].w * 0.7 * line * line * (1.0 - open);
  let alpha = max(open, lash);
  let lashes = vec3f(0.2, 0.16, 0.14) * look[6].rgb;
  return vec4f(mix(lashes, ball, open / max(alpha, 1e-4)), alpha);
}`;

export const MOUTH = `${COMMON}
struct Corner { @builtin(position) position: vec4f, @location(0) at: vec2f }

@vertex fn corner(@builtin(vertex_index) index: u32) -> Corner {
  let at = around(index, 2u * EYE_RIM, MOUTH_RIM, 0.1 * look[6].w);
  return Corner(toClip(at, 0.0), at);
}

fn teeth(p: vec2f, size: f32, soft: f32) -> vec2f {
  let x = abs(p.x) / size;
  var edges = array<f32, 7>(0.0, 0.84, 1.46, 2.08, 2.56, 2.92, 3.2);
  var start = 0.0;
  var end = edges[1];
  for (var i = 1u; i < 6u; i++) {
    if (x >= edges[i]) {
      start = edges[i];
      end = edges[i + 1u];
    }
  }
  let t = clamp((x - start) / (end - start), 0.0, 1.0);
  let rounding = pow(abs(2.0 * t - 1.0), 3.0) * 0.09 * size;
  let shorter = 0.05 * smoothstep(0.84, 1.46, x) * (1.0 - smoothstep(1.46, 2.0, x));
  let biting = 1.0 - smoothstep(-soft, soft, p.y + rounding + shorter);
  let gap = 0.84 + 0.16 * smoothstep(0.0, 0.08, min(t, 1.0 - t) * (end - start));
  let bulge = 0.93 + 0.07 * sin(3.14159 * t);
  let away = 1.0 - 0.6 * smoothstep(1.2, 3.1, x);
  return vec2f(gap * bulge * away, biting * step(x, 3.2));
}

@fragment fn paint(v: Corner) -> @location(0) vec4f {
  let upper = plane(MOUTH, v.at);
  let lower = plane(MOUTH + 2u, v.at);
  let there = plane(MOUTH + 4u, v.at);
  let photographed = photoAt(there);
  let distances = toRim(v.at, 2u * EYE_RIM, MOUTH_RIM);
  let cm = look[6].w;
  let open = frame[MOUTH + 1u].w;
  let soft = 0.6 / max(cm * abs(view.map.x * view.halfScene.x), 1.0) + 0.02;
  let flesh = look[5].rgb;

  var inner = flesh * mix(0.20, 0.34, smoothstep(0.0, 1.6, upper.y));
  let onTongue = (lower - vec2f(0.0, 0.75)) / vec2f(1.75, 0.95);
  let tongue = 1.0 - smoothstep(0.75, 1.05, length(onTongue));
  let ridge = 0.86 + 0.14 * smoothstep(0.0, 0.25, abs(lower.x));
  let back = mix(1.08, 0.72, clamp(length(onTongue), 0.0, 1.0));
  inner = mix(inner, flesh * ridge * back, tongue);
  let dark = flesh * 0.4;
  let low = teeth(vec2f(lower.x, 0.78 - lower.y), 0.72, soft);
  let lowGum = smoothstep(0.0, 0.15, lower.y - 1.4);
  let lowTeeth = mix(dark, look[4].rgb * 0.86, low.x);
  inner = mix(inner, mix(lowTeeth, flesh * 0.8, lowGum), low.y);
  let biting = min(look[4].w, frame[MOUTH + 3u].w + 1.05);
  let high = teeth(vec2f(upper.x, upper.y - biting), 1.0, soft);
  let gum = 1.0 - smoothstep(-0.06, 0.06, upper.y - biting + 1.2 - 0.08 * cos(upper.x * 7.4));
  inner = mix(inner, mix(mix(dark, look[4].rgb, high.x), flesh * 1.05, gum), high.y);

  var shade = mix(0.66, 1.0, smoothstep(0.0, 0.3 * cm, distances.y));
  shade *= mix(0.7, 1.0, smoothstep(0.0, 0.15 * cm, distances.x));
  inner *= shade;

  let own = tile(4u, look[2].xyz, there).a * look[2].w;
  inner = mix(inner, photographed, own);
  let alpha = covered(distances, -0.03 * cm) * max(own, smoothstep(0.03, 0.14, open));
  let near = min(distances.x, distances.y);
  let pressed = frame[MOUTH + 2u].w * (1.0 - smoothstep(0.0, 0.07 * cm, near));
  let line = pressed * 0.55 * (1.0 - alpha);
  return vec4f(mix(0.3 * flesh, inner, alpha / max(alpha + line, 1e-4)), alpha + line);
}`;

/** One level of a photo from the next finer one. */
export const HALVE = `
@group(0) @binding(0) var smooth_: sampler;
@group(0) @binding(1) var finer: texture_2d<f32>;
struct Corner { @builtin(position) position: vec4f, @location(0) at: vec2f }

@vertex fn corner(@builtin(vertex_index) index: u32) -> Corner {
  let share = vec2f(f32(index & 1u), f32(index >> 1u)) * 2.0;
  return Corner(vec4f(share * 2.0 - 1.0, 0.0, 1.0), vec2f(share.x, 1.0 - share.y));
}
@fragment fn paint(v: Corner) -> @location(0) vec4f {
  return textureSample(finer, smooth_, v.at);
}`;
