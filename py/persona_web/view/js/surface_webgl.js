// A canvas on which a scene is shown through effects, by WebGL2.
//
// Each frame the scene is either painted (`beginScene`, the painter's own calls on `gl`,
// `endScene`) or taken from another canvas (`upload`); `present` runs the effects.

import { NO_EFFECTS, planEffects } from "./effects/plan.js";
import { createPasses, createTarget, createTexture, deleteTarget } from "./effects/passes_webgl.js";
import { fitSize } from "./effects/size.js";

const ATTRIBUTES = {
  alpha: true,
  premultipliedAlpha: true,
  antialias: false, // the canvas only ever gets one full-size triangle
  depth: false,
  stencil: false,
  preserveDrawingBuffer: false,
};

/**
 * @param {HTMLCanvasElement | OffscreenCanvas} canvas  one that never had another context
 * @param {(reason: string) => void} onLost  the context is gone for good; called at most once
 * @throws where there is no WebGL2
 */
export function openSurface(canvas, onLost = () => {}) {
  const gl = canvas.getContext("webgl2", ATTRIBUTES);
  if (!gl || gl.isContextLost()) throw new Error("WebGL2 is not available");
  const memory = { bytes: 0 };
  const largest = gl.getParameter(gl.MAX_TEXTURE_SIZE);
  const shown = { framebuffer: null, width: 0, height: 0 }; // the canvas itself
  let passes = createPasses(gl, memory);
  let settings = NO_EFFECTS;
  let wanted = { width: Math.max(1, canvas.width), height: Math.max(1, canvas.height) };
  let scene = null, depth = null, source = null;
  let matte = false;
  let planned = false;
  let gone = false; // lost or closed: every verb does nothing

  // A context may be lost some time before the canvas hears of it.
  const isDead = () => gone || gl.isContextLost();

  function forget() {
    gone = true;
    passes = scene = depth = source = null;
    memory.bytes = 0;
    canvas.removeEventListener("webglcontextlost", lost);
  }

  function lost(event) {
    forget();
    onLost(event.statusMessage || "WebGL context lost");
  }
  canvas.addEventListener("webglcontextlost", lost);

  function freeScene() {
    if (depth) {
      gl.deleteRenderbuffer(depth);
      memory.bytes -= 4 * scene.width * scene.height;
    }
    if (scene) deleteTarget(gl, memory, scene);
    scene = depth = null;
  }

  // Only when there is a new picture: a canvas that changes its size is empty until drawn.
  function fit() {
    if (scene && scene.width === wanted.width && scene.height === wanted.height) return;
    freeScene();
    canvas.width = shown.width = wanted.width;
    canvas.height = shown.height = wanted.height;
    scene = createTarget(gl, memory, wanted.width, wanted.height);
    planned = false;
  }

  function setMatte(value) {
    planned &&= matte === value;
    matte = value;
  }

  function resize(cssWidth, cssHeight, ratio = 1) {
    wanted = fitSize(cssWidth, cssHeight, ratio, largest);
  }

  function setEffects(effects) {
    settings = { ...NO_EFFECTS, ...effects };
    planned = false;
  }

  function beginScene({ matte: isMatte = false } = {}) {
    if (isDead()) return;
    fit();
    setMatte(isMatte);
    gl.bindFramebuffer(gl.FRAMEBUFFER, scene.framebuffer);
    if (!depth) {
      depth = gl.createRenderbuffer();
      gl.bindRenderbuffer(gl.RENDERBUFFER, depth);
      gl.renderbufferStorage(gl.RENDERBUFFER, gl.DEPTH_COMPONENT24, scene.width, scene.height);
      gl.framebufferRenderbuffer(
        gl.FRAMEBUFFER, gl.DEPTH_ATTACHMENT, gl.RENDERBUFFER, depth,
      );
      memory.bytes += 4 * scene.width * scene.height;
    }
    gl.viewport(0, 0, scene.width, scene.height);
    gl.disable(gl.SCISSOR_TEST);
    gl.colorMask(true, true, true, true);
    gl.depthMask(true);
    gl.clearColor(0, 0, 0, 0);
    gl.clearDepth(1);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
  }

  function endScene() {}

  function upload(picture) {
    if (isDead() || !picture.width || !picture.height) return;
    fit();
    setMatte(false);
    // An ImageBitmap comes as it is, whatever is asked here.
    const isBitmap = picture instanceof ImageBitmap;
    const direct =
      !isBitmap && picture.width === scene.width && picture.height === scene.height;
    let target = scene;
    if (!direct) {
      if (source?.width !== picture.width || source.height !== picture.height) {
        if (source) deleteTarget(gl, memory, source);
        source = createTexture(gl, memory, picture.width, picture.height);
      }
      target = source;
    }
    gl.bindTexture(gl.TEXTURE_2D, target.texture);
    gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, true);
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, true);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, gl.RGBA, gl.UNSIGNED_BYTE, picture);
    gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, false);
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
    gl.bindTexture(gl.TEXTURE_2D, null);
    if (!direct) passes.runOnce(isBitmap ? "turn" : "copy", source, scene);
  }

  function present() {
    if (isDead() || !scene) return;
    if (!planned) {
      const plan = planEffects(settings, scene.width, scene.height, matte);
      passes.prepare(plan, scene, shown);
      planned = true;
    }
    passes.run();
  }

  function lose() {
    gl.getExtension("WEBGL_lose_context")?.loseContext();
  }

  function close() {
    if (gone) return;
    passes.close();
    freeScene();
    if (source) deleteTarget(gl, memory, source);
    forget();
    lose(); // a page has only so many contexts, and a canvas keeps its own until collected
  }

  return {
    api: "webgl2",
    canvas,
    gl,
    get width() {
      return wanted.width;
    },
    get height() {
      return wanted.height;
    },
    resize, setEffects, beginScene, endScene, upload, present, lose, close,
    memoryBytes: () => memory.bytes,
  };
}
