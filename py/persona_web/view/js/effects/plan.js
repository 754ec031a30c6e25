// Which passes make the wanted effects: the same plan for every graphics API.
//
// A plan is data. Its passes run in order; each names its shader, the textures it reads, the
// texture it writes and sixteen numbers (`u[0..3]` in the shaders). The names "scene" and
// "noise" are the surface's; the name "canvas" is what the person sees.
//
// Lengths are in 512ths of the picture's shorter side, so that a style looks the same at every
// size; the styles work on smaller pictures inside where the canvas is large.

import { NOISE_SIZE } from "./noise.js";

export const NO_EFFECTS = Object.freeze({
  style: "none", strength: 1, blur: 0, sharpen: 0, taps: 2, cutout: false,
});

const UNIT = 512;

// By quality level.
const WORK_SIDE = [256, 384, 512, 768]; // longest inner picture, along its shorter side
const BACKDROP_SIDE = [96, 128, 160, 192];
const BILATERAL_REACH = [2, 3, 5, 5];
const BILATERAL_ROUNDS = [1, 1, 1, 2];
const LINE_REACH = [4, 4, 6, 6]; // even
const WASH_RINGS = [2, 2, 3, 4];

/** Collects passes and the textures between them. */
function createPlan(width, height) {
  const targets = new Map([
    ["scene", { width, height }],
    ["canvas", { width, height }],
    ["noise", { width: NOISE_SIZE, height: NOISE_SIZE }],
  ]);
  const passes = [];

  /** A pass that reads `inputs` and writes `output`, whose size is that of the picture. */
  function add(shader, inputs, output, numbers = [], size = { width, height }) {
    if (!targets.has(output)) targets.set(output, size);
    const from = targets.get(inputs[0]), to = targets.get(output);
    const values = new Float32Array(16);
    // u[0]: the size of a texel of the first input, and of the output in pixels.
    values.set([1 / from.width, 1 / from.height, to.width, to.height]);
    values.set(numbers, 4);
    passes.push({ shader, inputs, output, values });
  }

  /** The size of a picture whose shorter side is at most `side`. */
  function within(side) {
    const factor = Math.min(1, side / Math.min(width, height));
    const whole = (length) => Math.max(1, Math.round(length * factor));
    return { width: whole(width), height: whole(height) };
  }

  return { width, height, targets, passes, add, within };
}

const falloff = (deviation) => 1 / (2 * deviation * deviation);

/** "work": the picture at the size in which a style works; gives texels of it per length unit. */
function addWork(plan, input, opaque, side) {
  const size = plan.within(side);
  plan.add(
    "reduce", [input], "work",
    [opaque, 0.25 / size.width, 0.25 / size.height], size,
  );
  return { size, unit: Math.min(size.width, size.height) / UNIT };
}

/** "flow": the directions of "work", at half its size. */
function addFlow(plan, work, taps) {
  const size = {
    width: Math.max(1, work.size.width >> 1), height: Math.max(1, work.size.height >> 1),
  };
  const step = [1 / size.width, 1 / size.height];
  const reach = 2 + taps, spread = falloff(reach / 2);
  plan.add("tensor", ["work"], "tensor", step, size);
  plan.add("tensorBlur", ["tensor"], "tensor2", [step[0], 0, reach, spread], size);
  plan.add("flow", ["tensor2"], "flow", [0, step[1], reach, spread], size);
}

function addCartoon(plan, input, { strength, taps }, opaque) {
  const work = addWork(plan, input, opaque, WORK_SIDE[taps]);
  addFlow(plan, work, taps);
  const reach = BILATERAL_REACH[taps];
  const step = Math.max(1, (6 * work.unit) / reach);
  let smoothed = "work";
  for (let round = 0; round < BILATERAL_ROUNDS[taps]; round++) {
    plan.add(
      "bilateral", [smoothed, "flow"], "across", [0, step, reach, 1 / 0.22 ** 2], work.size,
    );
    plan.add(
      "bilateral", ["across", "flow"], "smooth", [1, step, reach, 1 / 0.22 ** 2], work.size,
    );
    smoothed = "smooth";
  }
  const lineReach = LINE_REACH[taps];
  const thickness = Math.max(0.95, 1.4 * work.unit); // deviation of the finer Gaussian, in texels
  const lineStep = (2.4 * 1.6 * thickness) / lineReach;
  plan.add(
    "ridges", ["smooth", "flow"], "ridges",
    [
      lineStep, lineReach,
      falloff(thickness / lineStep), falloff((1.6 * thickness) / lineStep), 0.98,
    ],
    work.size,
  );
  plan.add(
    "lines", ["ridges", "flow"], "lines",
    [Math.max(0.8, (6 * work.unit) / lineReach), lineReach, falloff(lineReach / 2)], work.size,
  );
  plan.add(
    "cartoon", [input, "smooth", "lines"], "canvas",
    [opaque, strength, 7, 0.17, 0.37, 0.45, 1.3],
  );
}

function addWatercolour(plan, input, { strength, taps }, opaque) {
  const work = addWork(plan, input, opaque, WORK_SIDE[taps]);
  addFlow(plan, work, taps);
  plan.add(
    "washes", ["work", "flow"], "washes", [Math.max(1.5, 7 * work.unit), WASH_RINGS[taps], 600],
    work.size,
  );
  const { width, height } = plan;
  const side = Math.min(width, height);
  const tiles = [width / side, height / side].map((v) => v * 1.5);
  plan.add(
    "watercolour", [input, "washes", "noise"], "canvas",
    [
      opaque, strength, ...tiles,
      ((9 / UNIT) * side) / width, ((9 / UNIT) * side) / height,
      ((1.2 / UNIT) * side) / width, ((1.2 / UNIT) * side) / height,
    ],
  );
}

function addPixel(plan, input, { strength }, opaque) {
  const { width, height } = plan;
  const cell = Math.max(2, Math.round(Math.min(width, height) / 112));
  const size = { width: Math.ceil(width / cell), height: Math.ceil(height / cell) };
  plan.add("cells", [input], "cells", [opaque, cell / width, cell / height], size);
  plan.add(
    "palette", ["cells"], "palette",
    [0.35, 1.1, 1.2, 0.45, 0.11, 0.09, Math.PI / 12, 0.04], size,
  );
  plan.add("pixel", [input, "palette"], "canvas", [opaque, strength, cell]);
}

const STYLES = { cartoon: addCartoon, watercolour: addWatercolour, pixel: addPixel };

function addBackdrop(plan, { blur, taps }, output) {
  const size = plan.within(BACKDROP_SIDE[taps]);
  const step = [1 / size.width, 1 / size.height];
  const deviation = Math.max(0.6, blur * 0.035 * Math.min(size.width, size.height));
  const reach = Math.ceil(2.4 * deviation);
  plan.add("backdrop", ["scene"], "backdrop", [step[0] / 2, step[1] / 2], size);
  plan.add(
    "backdropBlur", ["backdrop"], "backdrop2", [step[0], 0, reach, falloff(deviation)], size,
  );
  plan.add(
    "backdropBlur", ["backdrop2"], "backdrop", [0, step[1], reach, falloff(deviation)], size,
  );
  plan.add("backdropMix", ["scene", "backdrop"], output, [Math.min(1, 8 * blur)]);
}

/**
 * @param {typeof NO_EFFECTS} settings
 * @param {number} width  of the picture, in pixels
 * @param {number} height
 * @param {boolean} matte  whether the scene's alpha is a matte of an opaque picture
 */
export function planEffects(settings, width, height, matte) {
  const plan = createPlan(width, height);
  const cut = matte && settings.cutout;
  const opaque = matte && !cut ? 1 : 0;
  const style = settings.strength > 0 ? STYLES[settings.style] : undefined;
  const sharpened = settings.sharpen > 0;
  // A drawn character has no background of its own.
  const blurred = matte && !cut && settings.blur > 0;
  let picture = "scene";
  if (cut) {
    picture = sharpened || style ? "cut" : "canvas";
    plan.add("cutout", ["scene"], picture);
  }
  if (blurred) {
    picture = sharpened || style ? "blurred" : "canvas";
    addBackdrop(plan, settings, picture);
  }
  if (sharpened) {
    const radius = Math.max(1, (1.6 / UNIT) * Math.min(width, height));
    const output = style ? "sharp" : "canvas";
    plan.add(
      "sharpen", [picture], output,
      [opaque, 3.5 * settings.sharpen, radius / width, radius / height],
    );
    picture = output;
  }
  if (style) style(plan, picture, settings, opaque);
  else if (picture === "scene") plan.add("copy", ["scene"], "canvas", [opaque]);
  return { targets: plan.targets, passes: plan.passes };
}
