// LivePortrait-Lite's patches over a portrait, by WebGL2: where the nets have drawn, the photo is
// bent plainly, as they saw it, and what they change is added. Between two of their pictures the
// patches lie on the mesh, so they move with it.

import { FRAGMENT, PHOTO, POSED } from "../portrait_glsl.js";
import { createPortrait as createBare } from "../portrait_webgl.js";

const CHANGE_UNIT = 5; // the portrait has those below
const MOUTH = 0, MASKS_AT = 6; // its patch; an attribute

const VERTEX = `${POSED}
layout(location = 4) in vec2 place; // in the patch, 0 to 1
layout(location = 5) in float kept; // 0 at the rim of the face
layout(location = 6) in vec4 masks; // of a set's regions
uniform vec4 shares; // how much of them is seen
out vec2 at;
out vec3 spot;
void main() {
  vec3 shown = posed();
  at = pixel.xy;
  spot = vec3(place, kept * (1.0 - min(dot(masks, shares), 1.0)));
  gl_Position = toClip(shown.xy, shown.z);
  gl_Position.z = 0.4 * gl_Position.z - 0.6; // before all of the portrait, in their own order
}`;

const PAINT = `${FRAGMENT}${PHOTO}
uniform sampler2D change;
uniform vec3 patch_; // how much of it is seen; sides in which it fades in; level the nets saw
in vec2 at;
in vec3 spot;
void main() {
  vec2 ramp = smoothstep(0.0, 1.0, min(spot.xy, 1.0 - spot.xy) / patch_.y);
  float alpha = ramp.x * ramp.y * spot.z * patch_.x;
  if (alpha < 0.004) discard;
  vec3 added = texture(change, spot.xy).rgb;
  // A change belongs to the photo as coarse as the nets saw it; finer lines would stay behind.
  vec3 amount = abs(added);
  float drawn = smoothstep(0.05, 0.2, max(amount.r, max(amount.g, amount.b)));
  vec3 skin = mix(photoAt(at), textureLod(photo, at / size, patch_.z).rgb, drawn);
  colour = vec4(clamp(skin + added, 0.0, 1.0), alpha);
}`;

// To a set's mouth, which the net saw, the change is added: first what it brightens, then what it
// darkens.
const OVER_VERTEX = `${POSED}
layout(location = 4) in vec2 place;
layout(location = 5) in float kept;
layout(location = 6) in vec4 masks;
out vec4 spot;
void main() {
  vec3 shown = posed();
  spot = vec4(place, kept, masks.y);
  gl_Position = toClip(shown.xy, shown.z);
  gl_Position.z = 0.4 * gl_Position.z - 0.6001; // just before the patch beneath, and once only
}`;
const OVER_PAINT = `${FRAGMENT}
uniform sampler2D change;
uniform vec3 patch_; // how much of it is seen; sides in which it fades in; 1 brightens, -1 darkens
in vec4 spot;
void main() {
  vec2 ramp = smoothstep(0.0, 1.0, min(spot.xy, 1.0 - spot.xy) / patch_.y);
  float amount = ramp.x * ramp.y * spot.z * spot.w * patch_.x;
  colour = vec4(max(texture(change, spot.xy).rgb * patch_.z, 0.0) * amount, 0.0);
}`;

/**
 * @param {object} surface  of surface_webgl.js
 * @param {object} model  as for portrait_webgl.js, with `patches`: of mouth, right and left eye
 *   `sizes` in pixels, `strengths`, `feather` in pixels, `level` of detail at which the
 *   nets saw the photo, `triangles` (Uint16Array each), and `kept` (Float32Array), one number for
 *   each of the first vertices of the mesh, which alone the triangles have
 */
export function createPortrait(surface, model) {
  const painter = createBare(surface, model, (tools) => createLayer(tools, model.patches));
  return { ...painter, take: painter.layer.take };
}

function createLayer({ gl, own, buffer, createMesh, createProgram, use, hold }, patches) {
  const { sizes, strengths, feather, level, kept } = patches;
  const count = kept.length;
  const program = createProgram("patches", VERTEX, PAINT);
  const at = (name) => gl.getUniformLocation(program.program, name);
  const patchAt = at("patch_"), sharesAt = at("shares");
  gl.uniform1i(at("change"), CHANGE_UNIT);

  const textures = sizes.map((size) => {
    const made = own("deleteTexture", gl.createTexture());
    gl.activeTexture(gl.TEXTURE0 + CHANGE_UNIT);
    gl.bindTexture(gl.TEXTURE_2D, made);
    for (const [name, value] of [
      [gl.TEXTURE_MIN_FILTER, gl.LINEAR], [gl.TEXTURE_MAG_FILTER, gl.LINEAR],
      [gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE], [gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE],
    ]) gl.texParameteri(gl.TEXTURE_2D, name, value);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA16F, size, size);
    hold(8 * size * size);
    return made;
  });
  gl.bindTexture(gl.TEXTURE_2D, null);
  gl.activeTexture(gl.TEXTURE0);
  const pixels = sizes.map((size) => new Float32Array(4 * size * size));

  const nowhere = new Float32Array(2 * count * sizes.length);
  const places = buffer(gl.ARRAY_BUFFER, nowhere, gl.DYNAMIC_DRAW);
  const keptBuffer = buffer(gl.ARRAY_BUFFER, kept);
  const meshes = patches.triangles.map((triangles, number) => {
    const made = createMesh();
    gl.bindBuffer(gl.ARRAY_BUFFER, places);
    gl.enableVertexAttribArray(4);
    gl.vertexAttribPointer(4, 2, gl.FLOAT, false, 0, 8 * count * number);
    gl.bindBuffer(gl.ARRAY_BUFFER, keptBuffer);
    gl.enableVertexAttribArray(5);
    gl.vertexAttribPointer(5, 1, gl.FLOAT, false, 0, 0);
    buffer(gl.ELEMENT_ARRAY_BUFFER, triangles);
    gl.bindVertexArray(null);
    return made;
  });

  let over; // of a set

  function createOver(masked) {
    for (const mesh of meshes) {
      gl.bindVertexArray(mesh);
      gl.bindBuffer(gl.ARRAY_BUFFER, masked);
      gl.enableVertexAttribArray(MASKS_AT);
      gl.vertexAttribPointer(MASKS_AT, 4, gl.UNSIGNED_BYTE, true, 0, 0);
    }
    const made = createProgram("patches over", OVER_VERTEX, OVER_PAINT);
    const locate = (name) => gl.getUniformLocation(made.program, name);
    gl.uniform1i(locate("change"), CHANGE_UNIT);
    return { program: made, patchAt: locate("patch_") };
  }

  /** Takes planes of red, green and blue. */
  function upload(number, planes) {
    const size = sizes[number], area = size * size, into = pixels[number];
    for (let from = 0, to = 0; from < area; from += 1, to += 4) {
      into[to] = planes[from];
      into[to + 1] = planes[from + area];
      into[to + 2] = planes[from + 2 * area];
    }
    gl.bindTexture(gl.TEXTURE_2D, textures[number]);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, size, size, gl.RGBA, gl.FLOAT, into);
  }

  function add(view, amount) {
    use(over.program, view);
    gl.depthMask(false);
    gl.bindTexture(gl.TEXTURE_2D, textures[MOUTH]);
    gl.bindVertexArray(meshes[MOUTH]);
    gl.blendFuncSeparate(gl.ONE, gl.ONE, gl.ZERO, gl.ONE);
    for (const [sign, equation] of [[1, gl.FUNC_ADD], [-1, gl.FUNC_REVERSE_SUBTRACT]]) {
      gl.blendEquationSeparate(equation, gl.FUNC_ADD);
      gl.uniform3f(over.patchAt, amount, feather / sizes[MOUTH], sign);
      gl.drawElements(gl.TRIANGLES, patches.triangles[MOUTH].length, gl.UNSIGNED_SHORT, 0);
    }
    gl.blendEquation(gl.FUNC_ADD);
    gl.depthMask(true);
  }

  return {
    /** Takes what the nets gave: flat arrays by tensor. */
    take({ mouth_change: mouth, eye_change: eyes, lite_places: spots }) {
      if (gl.isContextLost()) return;
      gl.activeTexture(gl.TEXTURE0 + CHANGE_UNIT);
      upload(0, mouth);
      upload(1, eyes.subarray(0, eyes.length / 2));
      upload(2, eyes.subarray(eyes.length / 2));
      gl.bindTexture(gl.TEXTURE_2D, null);
      gl.activeTexture(gl.TEXTURE0);
      gl.bindBuffer(gl.ARRAY_BUFFER, places);
      gl.bufferSubData(gl.ARRAY_BUFFER, 0, spots);
    },

    /** Draws what nets gave; a set lies over it, but for the mouth, which it is added to. */
    draw(view, share, expressions, values) {
      const [face, ...parts] = expressions?.shares(values) ?? [0, 0, 0, 0];
      const seen = share * (1 - face); // it knows the photo's face
      if (seen <= 0) return;
      if (expressions) over ??= createOver(expressions.masked);
      gl.enable(gl.DEPTH_TEST);
      use(program, view);
      gl.uniform4f(sharesAt, 0, ...parts);
      gl.activeTexture(gl.TEXTURE0 + CHANGE_UNIT);
      meshes.forEach((mesh, number) => {
        if (!strengths[number]) return;
        gl.bindTexture(gl.TEXTURE_2D, textures[number]);
        gl.uniform3f(patchAt, seen * strengths[number], feather / sizes[number], level);
        gl.bindVertexArray(mesh);
        gl.drawElements(gl.TRIANGLES, patches.triangles[number].length, gl.UNSIGNED_SHORT, 0);
      });
      const [mouth] = parts;
      if (mouth > 0 && strengths[MOUTH]) add(view, seen * mouth * strengths[MOUTH]);
      gl.bindTexture(gl.TEXTURE_2D, null);
      gl.activeTexture(gl.TEXTURE0);
      gl.disable(gl.DEPTH_TEST);
    },
  };
}
