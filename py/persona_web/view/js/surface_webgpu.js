// A canvas on which a scene is shown through effects, by WebGPU.
//
// Each frame the scene is either painted (`beginScene` gives the render pass, `endScene` ends
// it) or taken from another canvas (`upload`); `present` runs the effects.

import { NO_EFFECTS, planEffects } from "./effects/plan.js";
import { FORMAT, createPasses, createTexture, deleteTexture } from "./effects/passes_webgpu.js";
import { fitSize } from "./effects/size.js";

const DEPTH_FORMAT = "depth24plus";

async function requestDevice() {
  const adapter = await navigator.gpu?.requestAdapter();
  if (!adapter) throw new Error("WebGPU is not available");
  return adapter.requestDevice();
}

/**
 * @param {HTMLCanvasElement | OffscreenCanvas} canvas  one that never had another context
 * @param {(reason: string) => void} onLost  the device is gone for good, or refuses what the
 *   effects need; called at most once
 * @param {GPUDevice} [given]  a device to share, which close() leaves alone
 * @throws where there is no WebGPU
 */
export async function openSurface(canvas, onLost = () => {}, given = undefined) {
  const device = given ?? (await requestDevice());
  const context = canvas.getContext("webgpu");
  if (!context) {
    if (!given) device.destroy();
    throw new Error("the canvas has no WebGPU context");
  }
  const canvasFormat = navigator.gpu.getPreferredCanvasFormat();
  context.configure({ device, format: canvasFormat, alphaMode: "premultiplied" });
  const SCENE_USAGE =
    GPUTextureUsage.TEXTURE_BINDING |
    GPUTextureUsage.RENDER_ATTACHMENT |
    GPUTextureUsage.COPY_DST;
  const memory = { bytes: 0 };
  const largest = device.limits.maxTextureDimension2D;
  let passes = createPasses(device, memory);
  let settings = NO_EFFECTS;
  let wanted = { width: Math.max(1, canvas.width), height: Math.max(1, canvas.height) };
  let scene = null, depth = null;
  let source = null, copying = null; // an upload of another size than the scene's
  let encoder = null, painting = null;
  let matte = false;
  let planned = false;
  let gone = false; // lost or closed: every verb does nothing

  const colourAttachment = {
    view: null, loadOp: "clear", storeOp: "store", clearValue: [0, 0, 0, 0],
  };
  const depthAttachment = {
    view: null, depthClearValue: 1, depthLoadOp: "clear", depthStoreOp: "discard",
  };
  const painted = {
    colorAttachments: [colourAttachment], depthStencilAttachment: depthAttachment,
  };

  function forget() {
    gone = true;
    passes = scene = depth = source = copying = encoder = painting = null;
    memory.bytes = 0;
  }

  function fail(reason) {
    if (gone) return;
    forget();
    onLost(reason);
  }
  device.lost.then(({ message }) => fail(message || "WebGPU device lost"));

  /** Does what may be refused; a refusal arrives later, as a loss. */
  function attempt(work) {
    device.pushErrorScope("validation");
    device.pushErrorScope("out-of-memory");
    try {
      work();
    } finally {
      for (let scope = 0; scope < 2; scope++) {
        // A device that is lost while it is asked rejects, and says so by itself.
        device.popErrorScope().then((error) => error && fail(error.message), () => {});
      }
    }
  }

  function freeScene() {
    if (depth) deleteTexture(memory, depth);
    if (scene) deleteTexture(memory, scene);
    scene = depth = null;
  }

  // Only when there is a new picture: a canvas that changes its size is empty until drawn.
  function fit() {
    if (scene && scene.width === wanted.width && scene.height === wanted.height) return;
    const { width, height } = wanted;
    encoder = null; // what was painted before the change was for another size
    freeScene();
    canvas.width = width;
    canvas.height = height;
    attempt(() => {
      scene = createTexture(device, memory, width, height, SCENE_USAGE);
    });
    copying = null;
    colourAttachment.view = scene.view;
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
    if (gone) return undefined;
    endScene();
    fit();
    setMatte(isMatte);
    if (!depth) {
      attempt(() => {
        depth = createTexture(
          device, memory, scene.width, scene.height, GPUTextureUsage.RENDER_ATTACHMENT,
          DEPTH_FORMAT,
        );
      });
      depthAttachment.view = depth.view;
    }
    encoder ??= device.createCommandEncoder();
    painting = encoder.beginRenderPass(painted);
    return painting;
  }

  function endScene() {
    painting?.end();
    painting = null;
  }

  function upload(picture) {
    if (gone || !picture.width || !picture.height) return;
    endScene();
    fit();
    setMatte(false);
    const { width, height } = picture;
    const direct = width === scene.width && height === scene.height;
    if (!direct && (source?.width !== width || source.height !== height)) {
      if (source) deleteTexture(memory, source);
      attempt(() => {
        source = createTexture(device, memory, width, height, SCENE_USAGE);
      });
      copying = null;
    }
    const target = direct ? scene : source;
    device.queue.copyExternalImageToTexture(
      { source: picture }, { texture: target.texture, premultipliedAlpha: true }, picture,
    );
    if (direct) return;
    copying ??= passes.prepareOne("copy", source, scene);
    encoder ??= device.createCommandEncoder();
    passes.draw(encoder, copying);
  }

  function present() {
    if (gone || !scene) return;
    endScene();
    if (!planned) {
      attempt(() => {
        const plan = planEffects(settings, scene.width, scene.height, matte);
        passes.prepare(plan, scene, canvasFormat);
      });
      planned = true;
    }
    encoder ??= device.createCommandEncoder();
    passes.run(encoder, context.getCurrentTexture().createView());
    device.queue.submit([encoder.finish()]);
    encoder = null;
  }

  function lose() {
    device.destroy();
  }

  function close() {
    if (gone) return;
    endScene();
    passes.close();
    freeScene();
    if (source) deleteTexture(memory, source);
    forget();
    context.unconfigure();
    if (!given) device.destroy();
  }

  return {
    api: "webgpu",
    canvas,
    device,
    sceneFormat: FORMAT,
    depthFormat: DEPTH_FORMAT,
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
