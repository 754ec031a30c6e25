// LivePortrait-Lite's parts on a page of their own, put together as the app does.

const KINDS = { f: Float32Array, h: Uint16Array, s: Int16Array, b: Uint8Array };
const typed = ([kind, text]) =>
  new KINDS[kind](Uint8Array.from(atob(text), (char) => char.charCodeAt(0)).buffer);
const unpack = (model) =>
  Object.fromEntries(
    Object.entries(model).map(([name, value]) => [
      name, Array.isArray(value) && typeof value[0] === "string" ? typed(value) : value,
    ]),
  );

const errors = [];
let api, surface, painter, host, inputs;

/** Opens a surface of a size, and with a manifest the model with its steps beside it. */
export async function open({ api: wanted, size, manifest, topology, bundle }) {
  api = wanted;
  const canvas = document.createElement("canvas");
  document.body.append(canvas);
  const { openSurface } = await import(`/web/view/js/surface_${api}.js`);
  const { openWasm, openWebGpu } = await import("/web/bridge/neural/inference.js");
  const vendor = `${location.origin}/vendor/ort/`;
  let device;
  if (api === "webgpu") {
    const { sharedDevice } = await import("/web/bridge/graphics/gpu_device.js");
    device = await sharedDevice();
    device.onuncapturederror = ({ error }) => errors.push(error.message);
  }
  surface = await openSurface(canvas, (reason) => errors.push(reason), device);
  surface.resize(size, size, 1);
  if (!manifest) return;
  const where = { ort: vendor + bundle, wasm: vendor, threads: 1 };
  host = await (device
    ? openWebGpu(device, where)
    : openWasm("/web/bridge/neural/inference.worker.js", where));
  const get = async (path) => (await fetch(`/model/${path}`)).arrayBuffer();
  for (const { name, shards } of manifest.weights) {
    const parts = await Promise.all(shards.map(({ path }) => get(path)));
    await host.addWeights(name, await new Blob(parts).arrayBuffer());
  }
  for (const { name, files, weights } of manifest.graphs) {
    await host.create(name, await get(files.fp32.path), weights);
  }
  await host.created();
  await host.addSteps(`${location.origin}/web/bridge/neural/lite_steps.js`, topology);
}

/** Puts on a portrait: its painter, and what the nets see of it. */
export async function wear({ model, patches, settled }) {
  painter?.close();
  const { createPortrait } = await import(`/web/view/js/lite/lite_${api}.js`);
  const image = await createImageBitmap(new Blob([typed(model.image)]), { premultiplyAlpha: "none" });
  painter = createPortrait(surface, {
    ...unpack(model), image,
    patches: { ...unpack(patches), triangles: patches.triangles.map(typed) },
  });
  image.close();
  inputs = {};
  for (const [name, { dims, data }] of Object.entries(settled)) {
    inputs[name] = { type: "float32", dims, data: typed(data) };
  }
}

/** Draws from a further picture, too, and lets the mouth's net see it. */
export async function join({ masks, regions, patches, settled }) {
  const { createExpressions } = await import(`/web/view/js/expressions_${api}.js`);
  const layer = painter.openExpressions(createExpressions, {
    masks: typed(masks), regions: regions.map((each) => unpack({ ...each })),
  });
  const taken = [];
  for (const each of patches) {
    const image = new Blob([typed(each.image)]);
    taken.push({
      ...each, places: typed(each.places),
      image: await createImageBitmap(image, { premultiplyAlpha: "none" }),
    });
  }
  layer.add(taken);
  for (const { image } of taken) image.close();
  for (const [name, { dims, data }] of Object.entries(settled)) {
    inputs[name] = { type: "float32", dims, data: typed(data) };
  }
}

const STEPS = ["patches", "mouth", "eyes"];
const GIVEN = ["mouth_change", "eye_change", "lite_places"];

/** Lets the nets draw for landmarks; gives what was asked for of it, and how long it took. */
export async function infer({ target, mix, read = [] }) {
  const landmarks = { type: "float32", dims: [478, 3], data: typed(target) };
  const given = { ...inputs, lite_target: landmarks };
  if (mix) given.lite_mix = { type: "float32", dims: [3, 2], data: typed(mix) };
  inputs = {};
  const wanted = api === "webgpu" ? read : [...new Set([...GIVEN, ...read])];
  const ran = await host.run(STEPS, given, { read: wanted, face: "face" });
  const changes = api === "webgpu"
    ? Object.fromEntries(GIVEN.map((name) => [name, host.slot(name, "face")]))
    : ran.values;
  painter.take(changes);
  return { ms: ran.ms, values: Object.fromEntries(read.map((name) => [name, [...ran.values[name]]])) };
}

/** Takes changes that no net made: one colour in all patches. */
export function tint({ colour, sizes, places }) {
  const planes = (size, count) => {
    const values = Float32Array.from({ length: 3 * count * size * size }, (_, at) =>
      colour[Math.floor(at / (size * size)) % 3]);
    if (api !== "webgpu") return values;
    const gpuBuffer = surface.device.createBuffer({
      size: values.byteLength, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST,
    });
    surface.device.queue.writeBuffer(gpuBuffer, 0, values);
    return { gpuBuffer };
  };
  painter.take({
    mouth_change: planes(sizes[0], 1),
    eye_change: planes(sizes[1], 2),
    lite_places: api === "webgpu" ? { data: typed(places) } : typed(places),
  });
}

/** The picture of a rig's uniforms with so much of the patches. */
export function show({ values, share }) {
  painter.draw(typed(values), share);
  surface.present();
  return surface.canvas.toDataURL();
}

export const told = () => errors;
