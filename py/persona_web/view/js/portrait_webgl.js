// Paints a portrait into a WebGL2 surface: the photo's mesh, then eyes and the inside of the mouth
// over it. Per frame one block of uniforms is uploaded; the vertex shader sums the blendshapes.

import * as shaders from "./portrait_glsl.js";
import { VECTORS } from "./portrait_layout.js";
import { fitPhoto } from "./portrait_view.js";

const MOVES_WIDTH = 2048; // the least that every WebGL2 can; the shader knows it
const FRAME_BLOCK = 0, LOOK_BLOCK = 1;
const UNITS = { photo: 0, matte: 1, atlas: 2, moves: 3, plate: 4 };

function createProgram(gl, name, vertex, fragment) {
  const program = gl.createProgram();
  const parts = [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]].map(([kind, text]) => {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
    return shader;
  });
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
    const logs = [...parts.map((part) => gl.getShaderInfoLog(part)), gl.getProgramInfoLog(program)];
    throw new Error(`portrait ${name}: ${logs.filter(Boolean).join("\n")}`);
  }
  for (const part of parts) gl.deleteShader(part);
  gl.useProgram(program);
  const locate = (name) => gl.getUniformLocation(program, name);
  for (const [block, binding] of [["Frame", FRAME_BLOCK], ["Look", LOOK_BLOCK]]) {
    const index = gl.getUniformBlockIndex(program, block);
    if (index !== gl.INVALID_INDEX) gl.uniformBlockBinding(program, index, binding);
  }
  for (const [sampler, unit] of Object.entries(UNITS)) gl.uniform1i(locate(sampler), unit);
  return {
    program,
    view: locate("view"), size: locate("size"),
    halfScene: locate("halfScene"), counts: locate("counts"),
    feather: locate("feather"), layered: locate("layered"),
  };
}

/**
 * @param {object} surface  of surface_webgl.js
 * @param {object} model  the static half of a portrait: `image` (ImageBitmap, not premultiplied),
 *   `width`, `height`, `points`, `pixels`, `pinWeights`, `look` (Float32Array), `pins`, `atlas`
 *   (Uint8Array), `moves` (Uint16Array of halves), `triangles` (Uint16Array), `moveCount`,
 *   `atlasWidth`, `atlasHeight`, and where the person is known
 *   `matte` and `plate` (Uint8Array, one and four a pixel) of `matteWidth` x `matteHeight`
 * @param {Function} [createLayer]  what is drawn over the portrait, as in lite_webgl.js
 * @throws where a shader does not compile
 */
export function createPortrait(surface, model, createLayer = undefined) {
  const { gl } = surface;
  const count = model.points.length / 4;
  let bytes = 0;
  const owned = [];
  const own = (kind, object) => {
    owned.push([kind, object]);
    return object;
  };

  function buffer(target, data, usage = gl.STATIC_DRAW) {
    const made = own("deleteBuffer", gl.createBuffer());
    gl.bindBuffer(target, made);
    gl.bufferData(target, data, usage);
    bytes += data.byteLength;
    return made;
  }

  function texture(unit, filter, wrap) {
    const made = own("deleteTexture", gl.createTexture());
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(gl.TEXTURE_2D, made);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, filter);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, filter === gl.NEAREST ? filter : gl.LINEAR);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, wrap);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, wrap);
    return made;
  }

  function uploadPicture(unit, image, wrap) {
    const { width, height } = image;
    const made = texture(unit, gl.LINEAR_MIPMAP_LINEAR, wrap);
    const levels = 1 + Math.floor(Math.log2(Math.max(width, height)));
    gl.texStorage2D(gl.TEXTURE_2D, levels, gl.RGBA8, width, height);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, gl.RGBA, gl.UNSIGNED_BYTE, image);
    gl.generateMipmap(gl.TEXTURE_2D);
    bytes += Math.ceil((4 * 4 * width * height) / 3);
    return made;
  }

  function uploadBytes(unit, format, internal, width, height, data, wrap = gl.CLAMP_TO_EDGE) {
    const made = texture(unit, gl.LINEAR, wrap);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.texStorage2D(gl.TEXTURE_2D, 1, internal, width, height);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, width, height, format, gl.UNSIGNED_BYTE, data);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 4);
    bytes += data.byteLength;
    return made;
  }

  function uploadMoves() {
    const made = texture(UNITS.moves, gl.NEAREST, gl.CLAMP_TO_EDGE);
    const rows = Math.ceil(model.moves.length / 4 / MOVES_WIDTH);
    const padded = new Uint16Array(4 * MOVES_WIDTH * rows);
    padded.set(model.moves);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA16F, MOVES_WIDTH, rows);
    gl.texSubImage2D(
      gl.TEXTURE_2D, 0, 0, 0, MOVES_WIDTH, rows, gl.RGBA, gl.HALF_FLOAT, padded,
    );
    bytes += padded.byteLength;
    return made;
  }

  const programs = {
    backdrop: createProgram(gl, "backdrop", shaders.BACKDROP_VERTEX, shaders.BACKDROP_FRAGMENT),
    mesh: createProgram(gl, "mesh", shaders.MESH_VERTEX, shaders.MESH_FRAGMENT),
    eyes: createProgram(gl, "eyes", shaders.EYE_VERTEX, shaders.EYE_FRAGMENT),
    mouth: createProgram(gl, "mouth", shaders.MOUTH_VERTEX, shaders.MOUTH_FRAGMENT),
  };
  for (const { program } of Object.values(programs)) own("deleteProgram", program);
  const matte = model.matte ?? new Uint8Array([255]);
  const plate = model.plate ?? new Uint8Array(4);
  const [matteWidth, matteHeight] = model.matte ? [model.matteWidth, model.matteHeight] : [1, 1];
  const textures = {
    photo: uploadPicture(UNITS.photo, model.image, gl.MIRRORED_REPEAT),
    matte: uploadBytes(UNITS.matte, gl.RED, gl.R8, matteWidth, matteHeight, matte),
    atlas: uploadBytes(
      UNITS.atlas, gl.RGBA, gl.RGBA8, model.atlasWidth, model.atlasHeight, model.atlas,
    ),
    plate: uploadBytes(
      UNITS.plate, gl.RGBA, gl.RGBA8, matteWidth, matteHeight, plate, gl.MIRRORED_REPEAT,
    ),
    moves: uploadMoves(),
  };

  const [points, pixels, pins, pinWeights] = [
    model.points, model.pixels, model.pins, model.pinWeights,
  ].map((data) => buffer(gl.ARRAY_BUFFER, data));

  /** A new vertex array with the mesh's vertices; it stays bound. */
  function createMesh() {
    const made = own("deleteVertexArray", gl.createVertexArray());
    gl.bindVertexArray(made);
    for (const [location, data] of [[0, points], [1, pixels], [3, pinWeights]]) {
      gl.bindBuffer(gl.ARRAY_BUFFER, data);
      gl.enableVertexAttribArray(location);
      gl.vertexAttribPointer(location, 4, gl.FLOAT, false, 0, 0);
    }
    gl.bindBuffer(gl.ARRAY_BUFFER, pins);
    gl.enableVertexAttribArray(2);
    gl.vertexAttribIPointer(2, 4, gl.UNSIGNED_BYTE, 0, 0);
    return made;
  }

  const mesh = createMesh();
  buffer(gl.ELEMENT_ARRAY_BUFFER, model.triangles);
  const bare = own("deleteVertexArray", gl.createVertexArray()); // corners come from their number
  gl.bindVertexArray(null);
  const frame = buffer(gl.UNIFORM_BUFFER, new Float32Array(VECTORS * 4), gl.DYNAMIC_DRAW);
  const look = buffer(gl.UNIFORM_BUFFER, model.look);

  function use({ program, ...at }, view) {
    gl.useProgram(program);
    gl.uniform4fv(at.view, view.map);
    gl.uniform2f(at.size, model.width, model.height);
    gl.uniform2f(at.halfScene, surface.width / 2, surface.height / 2);
    gl.uniform2i(at.counts, model.moveCount, count);
    gl.uniform2fv(at.feather, view.spare);
    gl.uniform1f(at.layered, model.matte ? 1 : 0);
  }

  const tools = {
    gl, own, buffer, createMesh, uploadPicture,
    createProgram(name, vertex, fragment) {
      const made = createProgram(gl, name, vertex, fragment);
      own("deleteProgram", made.program);
      return made;
    },
    use,
    hold: (more) => (bytes += more),
  };
  const layer = createLayer?.(tools);
  let expressions;

  /** The further pictures of a set, made once: see expressions_webgl.js. */
  function openExpressions(createExpressions, regions) {
    expressions ??= createExpressions(tools, regions);
    return expressions;
  }

  /**
   * Paints one frame into the surface's scene. `values`: PortraitRig.pose; `share`: how much of
   * the layer is seen, which knows the photo alone.
   */
  function draw(values, share = 0) {
    if (gl.isContextLost()) return;
    surface.beginScene({ matte: true });
    const view = fitPhoto(model, surface.width, surface.height);
    gl.bindBuffer(gl.UNIFORM_BUFFER, frame);
    gl.bufferSubData(gl.UNIFORM_BUFFER, 0, values);
    gl.bindBufferBase(gl.UNIFORM_BUFFER, FRAME_BLOCK, frame);
    gl.bindBufferBase(gl.UNIFORM_BUFFER, LOOK_BLOCK, look);
    for (const [name, unit] of Object.entries(UNITS)) {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, textures[name]);
    }
    gl.disable(gl.BLEND);
    gl.disable(gl.CULL_FACE);
    gl.disable(gl.DEPTH_TEST);
    gl.bindVertexArray(bare);
    use(programs.backdrop, view);
    gl.drawArrays(gl.TRIANGLES, 0, 3);

    gl.enable(gl.DEPTH_TEST);
    gl.depthFunc(gl.LEQUAL);
    gl.enable(gl.BLEND);
    gl.blendFuncSeparate(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA, gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.bindVertexArray(mesh);
    use(programs.mesh, view);
    gl.drawElements(gl.TRIANGLES, model.triangles.length, gl.UNSIGNED_SHORT, 0);

    gl.blendFuncSeparate(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA, gl.ZERO, gl.ONE); // the matte stays
    expressions?.drawFace(view, values);
    gl.disable(gl.DEPTH_TEST);
    gl.bindVertexArray(bare);
    if (!expressions?.hidesEyes(values)) {
      use(programs.eyes, view);
      gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, 2);
    }
    if (!expressions?.hidesMouth(values)) {
      use(programs.mouth, view);
      gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    }
    expressions?.drawParts(view, values);
    if (layer && share > 0) layer.draw(view, share, expressions, values);

    gl.disable(gl.BLEND);
    gl.bindVertexArray(null);
    for (const unit of Object.values(UNITS)) {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, null);
    }
    gl.activeTexture(gl.TEXTURE0);
    surface.endScene();
  }

  function close() {
    for (const [verb, object] of owned.splice(0)) gl[verb](object);
    bytes = 0;
  }

  return { draw, close, layer, openExpressions, memoryBytes: () => bytes };
}
