// The page's one GPUDevice, shared by everything that draws or computes with WebGPU.
//
// An adapter gives one device and is then used up, so the probe's adapter becomes the first
// device, and a lost device is followed by one from a fresh adapter. Failures are not kept:
// whoever asks next tries anew.

let unused; // an adapter that was requested and has not given its device
let current; // promise of the device in use

/** An adapter that has not given its device; undefined where the browser gives none. */
export async function requestAdapter() {
  const wanted = { powerPreference: "high-performance" };
  unused ??= (await navigator.gpu?.requestAdapter(wanted)) ?? undefined;
  return unused;
}

const OPTIONAL = ["shader-f16", "timestamp-query"];

const RAISED = ["maxBufferSize", "maxStorageBufferBindingSize"];

async function create() {
  const adapter = await requestAdapter();
  unused = undefined;
  if (!adapter) throw new Error("no GPUAdapter");
  return adapter.requestDevice({
    requiredFeatures: OPTIONAL.filter((name) => adapter.features.has(name)),
    requiredLimits: Object.fromEntries(RAISED.map((name) => [name, adapter.limits[name]])),
  });
}

/**
 * The page's GPUDevice, made when first asked for and again after it was lost.
 * `device.lost` tells of the loss. Nobody but tests and laboratories destroys it.
 */
export function sharedDevice() {
  if (!current) {
    const mine = create();
    const forget = () => {
      if (current === mine) current = undefined;
    };
    current = mine;
    mine.then((device) => device.lost.then(forget), forget);
  }
  return current;
}
