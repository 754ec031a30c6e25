// The further pictures of a set over a portrait, by WebGL2: each region of the face is drawn once
// more on the mesh, from at most three patches, where a frame's uniforms say so.

import { coverage, EYES, FACE, MOUTH, pickPatches } from "./expressions_view.js";
import { FRAGMENT, PHOTO, POSED } from "./portrait_glsl.js";

const UNITS = [6, 7, 8]; // the portrait has those below
const PLACES_AT = 5; // attributes

const VERTEX = `${POSED}
layout(location = 4) in vec4 masks; // of the regions
layout(location = 5) in vec3 first; // in a patch: x, y in four of its sides; how far it is trusted
layout(location = 6) in vec3 second;
layout(location = 7) in vec3 third;
uniform int region;
out vec2 at; // in the photo
out vec2 spot; // in the picture
out float mask;
out vec3 places[3];
void main() {
  const vec3 SIDES = vec3(4.0, 4.0, 1.0);
  vec3 shown = posed();
  at = pixel.xy;
  spot = shown.xy;
  mask = masks[region];
  places = vec3[3](first * SIDES, second * SIDES, third * SIDES);
  gl_Position = toClip(shown.xy, shown.z);
  gl_Position.z -= 5e-4; // just before the mesh, which hides what is turned away
}`;

const PAINT = `${FRAGMENT}${PHOTO}
uniform sampler2D one;
uniform sampler2D two;
uniform sampler2D three;
uniform int region;
uniform bool opening; // between the lids, where the iris moves
in vec2 at;
in vec2 spot;
in float mask;
in vec3 places[3];

vec4 seen(sampler2D patch_, vec3 place, vec2 shift, vec2 share) {
  if (share.x < 0.0 || share.y <= 0.0) return vec4(0.0);
  return vec4(texture(patch_, place.xy + shift, -0.5).rgb, 1.0) * place.z * share.y;
}
void main() {
  vec4 a = frame[SHARES + 2 * region], b = frame[SHARES + 2 * region + 1];
  vec4 shift = vec4(0.0), last = vec4(0.0);
  if (opening) {
    int gaze = GAZES + 3 * (region - 2);
    vec4 iris = frame[gaze];
    float follows = 1.0 - smoothstep(iris.z, max(iris.w, iris.z + 1.0), distance(spot, iris.xy));
    shift = follows * frame[gaze + 1];
    last = follows * frame[gaze + 2];
  }
  vec4 sum = seen(one, places[0], shift.xy, a.xy) + seen(two, places[1], shift.zw, a.zw)
    + seen(three, places[2], last.xy, b.xy);
  float person = texture(matte, at / size).r;
  float alpha = sum.a * mask * inPhoto(at) * mix(1.0, smoothstep(0.12, 0.6, person), layered);
  if (alpha < 0.004) discard;
  colour = vec4(sum.rgb / sum.a, alpha);
}`;

/**
 * @param {object} tools  of portrait_webgl.js
 * @param {object} model  `masks` (Uint8Array, four a vertex) and `regions`, each with
 *   `triangles` (Uint16Array) and `opening`, how many of them, the last ones, lie across it
 */
export function createExpressions(tools, { masks, regions }) {
  const { gl, own, buffer, createMesh, createProgram, uploadPicture, use } = tools;
  const program = createProgram("expressions", VERTEX, PAINT);
  const locate = (name) => gl.getUniformLocation(program.program, name);
  const regionAt = locate("region"), openingAt = locate("opening");
  ["one", "two", "three"].forEach((name, slot) => gl.uniform1i(locate(name), UNITS[slot]));
  const masked = buffer(gl.ARRAY_BUFFER, masks);
  const meshes = regions.map(({ triangles }) => {
    const made = createMesh();
    gl.bindBuffer(gl.ARRAY_BUFFER, masked);
    gl.enableVertexAttribArray(4);
    gl.vertexAttribPointer(4, 4, gl.UNSIGNED_BYTE, true, 0, 0);
    buffer(gl.ELEMENT_ARRAY_BUFFER, triangles);
    gl.bindVertexArray(null);
    return { made, laid: [] }; // whose places its attributes have
  });
  const expressions = []; // of each, its patches by region

  /** Adds the next expression; the images stay the caller's. */
  function add(patches) {
    const taken = [];
    for (const { region, image, places, whole } of patches) {
      taken[region] = {
        texture: uploadPicture(UNITS[0], image, gl.CLAMP_TO_EDGE),
        places: buffer(gl.ARRAY_BUFFER, places),
        whole,
      };
    }
    gl.bindTexture(gl.TEXTURE_2D, null);
    gl.activeTexture(gl.TEXTURE0);
    expressions.push(taken);
  }

  /** Draws regions over the mesh; `values`: PortraitRig.pose. */
  function draw(view, values, wanted) {
    let begun = false;
    for (const region of wanted) {
      const picked = pickPatches(expressions, values, region);
      if (!picked) continue;
      if (!begun) {
        begun = true;
        gl.enable(gl.DEPTH_TEST);
        gl.depthMask(false);
        use(program, view);
      }
      lay(meshes[region], picked);
      const { triangles, opening } = regions[region];
      const inner = EYES.includes(region) ? 3 * opening : 0;
      gl.uniform1i(regionAt, region);
      gl.uniform1i(openingAt, 0);
      gl.drawElements(gl.TRIANGLES, triangles.length - inner, gl.UNSIGNED_SHORT, 0);
      if (!inner) continue;
      gl.uniform1i(openingAt, 1);
      const start = 2 * (triangles.length - inner);
      gl.drawElements(gl.TRIANGLES, inner, gl.UNSIGNED_SHORT, start);
    }
    if (!begun) return;
    for (const unit of UNITS) {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, null);
    }
    gl.activeTexture(gl.TEXTURE0);
    gl.depthMask(true);
    gl.disable(gl.DEPTH_TEST);
  }

  function lay({ made, laid }, picked) {
    gl.bindVertexArray(made);
    picked.forEach((patch, slot) => {
      gl.activeTexture(gl.TEXTURE0 + UNITS[slot]);
      gl.bindTexture(gl.TEXTURE_2D, patch.texture);
      if (laid[slot] === patch) return;
      laid[slot] = patch;
      gl.bindBuffer(gl.ARRAY_BUFFER, patch.places);
      gl.enableVertexAttribArray(PLACES_AT + slot);
      gl.vertexAttribPointer(PLACES_AT + slot, 3, gl.SHORT, true, 8, 0);
    });
  }

  return {
    add,
    masked,
    drawFace: (view, values) => draw(view, values, [FACE]),
    drawParts: (view, values) => draw(view, values, [MOUTH, ...EYES]),
    ...coverage(expressions),
  };
}
