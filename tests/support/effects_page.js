// A surface with something to show, for tests and pictures of the effects.

const load = (api) =>
  import(api === "webgpu" ? "/view/js/surface_webgpu.js" : "/view/js/surface_webgl.js");

const GLSL = [
  `#version 300 es
  void main() {
    gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0.0, 1.0);
  }`,
  `#version 300 es
  precision highp float;
  uniform sampler2D image, matte;
  uniform vec2 size;
  out vec4 colour;
  void main() {
    vec2 at = gl_FragCoord.xy / size;
    at.y = 1.0 - at.y;
    colour = vec4(texture(image, at).rgb, texture(matte, at).r);
  }`,
];

const WGSL = `
@group(0) @binding(0) var linear: sampler;
@group(0) @binding(1) var image: texture_2d<f32>;
@group(0) @binding(2) var matte: texture_2d<f32>;
@vertex fn corner(@builtin(vertex_index) i: u32) -> @builtin(position) vec4f {
  return vec4f(vec2f(f32(i & 1u), f32(i >> 1u)) * 4.0 - 1.0, 0.0, 1.0);
}
override width: f32;
override height: f32;
@fragment fn paint(@builtin(position) p: vec4f) -> @location(0) vec4f {
  let at = p.xy / vec2f(width, height);
  return vec4f(textureSampleLevel(image, linear, at, 0.0).rgb,
    textureSampleLevel(matte, linear, at, 0.0).r);
}`;

/** Paints a picture with a matte by WebGL2. */
function webglPainter(surface, image, matte) {
  const { gl } = surface;
  const program = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, GLSL[0]], [gl.FRAGMENT_SHADER, GLSL[1]]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  const textures = [image, matte].map((picture) => {
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, picture);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
    return texture;
  });
  return () => {
    surface.beginScene({ matte: true });
    gl.useProgram(program);
    gl.uniform1i(gl.getUniformLocation(program, "matte"), 1);
    gl.uniform2f(gl.getUniformLocation(program, "size"), surface.width, surface.height);
    textures.forEach((texture, i) => {
      gl.activeTexture(gl.TEXTURE0 + i);
      gl.bindTexture(gl.TEXTURE_2D, texture);
    });
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    surface.endScene();
  };
}

/** The same by WebGPU. */
function webgpuPainter(surface, image, matte) {
  const { device } = surface;
  const views = [image, matte].map((picture) => {
    const texture = device.createTexture({
      size: [picture.width, picture.height], format: "rgba8unorm",
      usage:
        GPUTextureUsage.TEXTURE_BINDING |
        GPUTextureUsage.COPY_DST |
        GPUTextureUsage.RENDER_ATTACHMENT,
    });
    device.queue.copyExternalImageToTexture({ source: picture }, { texture }, picture);
    return texture.createView();
  });
  const module = device.createShaderModule({ code: WGSL });
  const pipeline = device.createRenderPipeline({
    layout: "auto",
    vertex: { module },
    fragment: {
      module, targets: [{ format: surface.sceneFormat }],
      constants: { width: surface.width, height: surface.height },
    },
    depthStencil: {
      format: surface.depthFormat, depthCompare: "always", depthWriteEnabled: false,
    },
  });
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [
      { binding: 0, resource: device.createSampler({ minFilter: "linear", magFilter: "linear" }) },
      ...views.map((resource, i) => ({ binding: 1 + i, resource })),
    ],
  });
  return () => {
    const pass = surface.beginScene({ matte: true });
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.draw(3);
    surface.endScene();
  };
}

const bitmapOf = async (address) => createImageBitmap(await (await fetch(address)).blob());

/** A surface on a canvas of the page, which hears of its loss. */
export async function open(api, width, height) {
  const { openSurface } = await load(api);
  const canvas = document.createElement("canvas");
  document.body.append(canvas);
  const losses = [];
  const surface = await openSurface(canvas, (reason) => losses.push(reason));
  surface.resize(width, height, 1);
  return { surface, canvas, losses, paint: () => {} };
}

/** Makes a portrait what the surface paints. */
export async function portray(shown, image, matte) {
  const pictures = [await bitmapOf(image), await bitmapOf(matte)];
  const painter = shown.surface.api === "webgpu" ? webgpuPainter : webglPainter;
  shown.paint = painter(shown.surface, ...pictures);
}

/** Makes a drawn character what the surface paints. */
export async function character(shown, { program, colours, values }) {
  const { createDrawing } = await import("/view/js/canvas2d.js");
  const floats = (text) =>
    new Float32Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
  const canvas = new OffscreenCanvas(1, 1);
  const drawing = createDrawing(canvas);
  drawing.resize(shown.surface.width, shown.surface.height, 1);
  drawing.setProgram(floats(program), colours);
  drawing.draw(floats(values));
  shown.paint = () => shown.surface.upload(canvas);
}

/** What the canvas shows with these effects, as a PNG's data URL. */
export async function picture({ surface, canvas, paint }, effects) {
  surface.setEffects(effects);
  paint();
  surface.present();
  return canvas.toDataURL("image/png");
}
