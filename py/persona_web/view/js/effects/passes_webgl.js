// Runs a plan of passes by WebGL2.

import { NOISE_SIZE, createNoise } from "./noise.js";
import * as shaders from "./glsl/index.js";

/** A texture in video memory, as `memory` counts it: 4 bytes a pixel. */
export function createTexture(gl, memory, width, height, wrap = gl.CLAMP_TO_EDGE) {
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, width, height);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, wrap);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, wrap);
  memory.bytes += 4 * width * height;
  return { texture, width, height, framebuffer: null };
}

/** The same, to be drawn into. */
export function createTarget(gl, memory, width, height) {
  const target = createTexture(gl, memory, width, height);
  target.framebuffer = gl.createFramebuffer();
  gl.bindFramebuffer(gl.FRAMEBUFFER, target.framebuffer);
  gl.framebufferTexture2D(
    gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, target.texture, 0,
  );
  return target;
}

export function deleteTarget(gl, memory, target) {
  gl.deleteTexture(target.texture);
  gl.deleteFramebuffer(target.framebuffer);
  memory.bytes -= 4 * target.width * target.height;
}

function compile(gl, kind, source) {
  const shader = gl.createShader(kind);
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  return shader;
}

function createProgram(gl, name) {
  const { count, source } = shaders[name];
  const program = gl.createProgram();
  const parts = [
    compile(gl, gl.VERTEX_SHADER, shaders.VERTEX),
    compile(gl, gl.FRAGMENT_SHADER, source),
  ];
  for (const part of parts) gl.attachShader(program, part);
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
    const log = gl.getShaderInfoLog(parts[1]) || gl.getProgramInfoLog(program);
    throw new Error(`effect pass "${name}": ${log}`);
  }
  for (const part of parts) gl.deleteShader(part);
  gl.useProgram(program);
  for (let i = 0; i < count; i++) gl.uniform1i(gl.getUniformLocation(program, `image${i}`), i);
  return { program, numbers: gl.getUniformLocation(program, "u") };
}

/**
 * @param {WebGL2RenderingContext} gl
 * @param {{bytes: number}} memory  counts what is allocated here
 */
export function createPasses(gl, memory) {
  const programs = new Map();
  const corners = gl.createVertexArray();
  let targets = new Map(); // by the plan's names
  let steps = [];
  let noise = null;

  function programOf(name) {
    if (!programs.has(name)) programs.set(name, createProgram(gl, name));
    return programs.get(name);
  }

  function noiseTexture() {
    if (noise === null) {
      noise = createTexture(gl, memory, NOISE_SIZE, NOISE_SIZE, gl.REPEAT);
      gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, false);
      gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
      gl.texSubImage2D(
        gl.TEXTURE_2D, 0, 0, 0, NOISE_SIZE, NOISE_SIZE, gl.RGBA, gl.UNSIGNED_BYTE, createNoise(),
      );
    }
    return noise;
  }

  /** Makes ready what a plan needs, keeping what fits; nothing is allocated in run(). */
  function prepare(plan, scene, canvas) {
    const spare = [...targets.values()];
    targets = new Map();
    const targetOf = (name) => {
      if (name === "scene") return scene;
      if (name === "canvas") return canvas;
      if (name === "noise") return noiseTexture();
      if (!targets.has(name)) {
        const { width, height } = plan.targets.get(name);
        const at = spare.findIndex((t) => t.width === width && t.height === height);
        targets.set(
          name, at < 0 ? createTarget(gl, memory, width, height) : spare.splice(at, 1)[0],
        );
      }
      return targets.get(name);
    };
    steps = plan.passes.map(({ shader, inputs, output, values }) => ({
      ...programOf(shader), values, inputs: inputs.map(targetOf), output: targetOf(output),
    }));
    for (const target of spare) deleteTarget(gl, memory, target);
  }

  function draw({ program, numbers, values, inputs, output }) {
    gl.bindFramebuffer(gl.FRAMEBUFFER, output.framebuffer);
    gl.viewport(0, 0, output.width, output.height);
    gl.useProgram(program);
    gl.uniform4fv(numbers, values);
    for (let i = 0; i < inputs.length; i++) {
      gl.activeTexture(gl.TEXTURE0 + i);
      gl.bindSampler(i, null);
      gl.bindTexture(gl.TEXTURE_2D, inputs[i].texture);
    }
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  /** Sets all of the context's state that a pass depends on. */
  function begin() {
    gl.disable(gl.BLEND);
    gl.disable(gl.DEPTH_TEST);
    gl.disable(gl.STENCIL_TEST);
    gl.disable(gl.CULL_FACE);
    gl.disable(gl.SCISSOR_TEST);
    gl.colorMask(true, true, true, true);
    gl.bindVertexArray(corners);
  }

  /** Lets go of the textures, so that the scene can be drawn into again. */
  function end() {
    for (let i = 0; i < 4; i++) {
      gl.activeTexture(gl.TEXTURE0 + i);
      gl.bindTexture(gl.TEXTURE_2D, null);
    }
    gl.activeTexture(gl.TEXTURE0);
    gl.bindVertexArray(null);
  }

  function run() {
    begin();
    for (const step of steps) draw(step);
    end();
  }

  /** Runs a single pass that is in no plan. */
  function runOnce(shader, input, output) {
    begin();
    const values = new Float32Array(16);
    values.set([1 / input.width, 1 / input.height, output.width, output.height]);
    draw({ ...programOf(shader), values, inputs: [input], output });
    end();
  }

  function close() {
    for (const target of targets.values()) deleteTarget(gl, memory, target);
    if (noise) deleteTarget(gl, memory, noise);
    for (const { program } of programs.values()) gl.deleteProgram(program);
    gl.deleteVertexArray(corners);
    targets.clear();
    programs.clear();
    steps = [];
    noise = null;
  }

  return { prepare, run, runOnce, close };
}
