// Paints a model's pictures, bent by a mesh, into a WebGL2 surface. A picture is uploaded once;
// a displayed frame brings the mesh's vertices only.

import { fillScene } from "./neural_view.js";

const VERTEX = `#version 300 es
layout(location = 0) in vec4 vertex; // where it is drawn; where it lies in the picture
uniform vec4 view;
out vec2 at;
void main() {
  at = vertex.zw;
  gl_Position = vec4(vertex.xy * view.xy + view.zw, 0.0, 1.0);
}`;

const FRAGMENT = `#version 300 es
precision highp float;
uniform sampler2D picture;
in vec2 at;
out vec4 colour;
void main() {
  colour = vec4(texture(picture, at).rgb, 1.0);
}`;

function createProgram(gl) {
  const program = gl.createProgram();
  for (const [kind, text] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
    gl.deleteShader(shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
    throw new Error(`neural picture: ${gl.getProgramInfoLog(program)}`);
  }
  return program;
}

/**
 * @param {object} surface  of surface_webgl.js
 * @param {{width: number, height: number, vertices: number, triangles: Uint16Array}} model
 */
export function createPicture(surface, { width, height, vertices, triangles }) {
  const { gl } = surface;
  const program = createProgram(gl);
  const view = gl.getUniformLocation(program, "view");
  const vertexArray = gl.createVertexArray();
  const vertexBuffer = gl.createBuffer();
  const indexBuffer = gl.createBuffer();
  gl.bindVertexArray(vertexArray);
  gl.bindBuffer(gl.ARRAY_BUFFER, vertexBuffer);
  gl.bufferData(gl.ARRAY_BUFFER, 16 * vertices, gl.DYNAMIC_DRAW);
  gl.enableVertexAttribArray(0);
  gl.vertexAttribPointer(0, 4, gl.FLOAT, false, 16, 0);
  gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, indexBuffer);
  gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, triangles, gl.STATIC_DRAW);
  gl.bindVertexArray(null);
  const picture = gl.createTexture();
  gl.activeTexture(gl.TEXTURE0);
  gl.bindTexture(gl.TEXTURE_2D, picture);
  for (const [name, value] of [
    [gl.TEXTURE_MIN_FILTER, gl.LINEAR], [gl.TEXTURE_MAG_FILTER, gl.LINEAR],
    [gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE], [gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE],
  ]) gl.texParameteri(gl.TEXTURE_2D, name, value);
  gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, width, height);
  gl.bindTexture(gl.TEXTURE_2D, null);

  return {
    /** Takes an ImageBitmap over as the newest picture. */
    take(bitmap) {
      gl.activeTexture(gl.TEXTURE0);
      gl.bindTexture(gl.TEXTURE_2D, picture);
      gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
      gl.bindTexture(gl.TEXTURE_2D, null);
      bitmap.close();
    },

    /** Paints the newest picture into the surface's scene; `mesh`: four numbers a vertex. */
    draw(mesh) {
      surface.beginScene({ matte: false });
      gl.disable(gl.BLEND);
      gl.disable(gl.DEPTH_TEST);
      gl.disable(gl.CULL_FACE);
      gl.useProgram(program);
      gl.uniform4fv(view, fillScene(surface.width, surface.height));
      gl.activeTexture(gl.TEXTURE0);
      gl.bindTexture(gl.TEXTURE_2D, picture);
      gl.bindVertexArray(vertexArray);
      gl.bindBuffer(gl.ARRAY_BUFFER, vertexBuffer);
      gl.bufferSubData(gl.ARRAY_BUFFER, 0, mesh);
      gl.drawElements(gl.TRIANGLES, triangles.length, gl.UNSIGNED_SHORT, 0);
      gl.bindVertexArray(null);
      surface.endScene();
    },

    memoryBytes: () => 4 * width * height + 16 * vertices + triangles.byteLength,

    close() {
      gl.deleteProgram(program);
      gl.deleteVertexArray(vertexArray);
      gl.deleteBuffer(vertexBuffer);
      gl.deleteBuffer(indexBuffer);
      gl.deleteTexture(picture);
    },
  };
}
