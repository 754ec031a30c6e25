// Paints portraits by the CPU beside the page: all of a page's in turn, so that they never want
// more than one core. Every frame that is asked for is answered once.
//
//   {kind: "open", id, model}                          no answer
//   {kind: "draw", id, values, width, height, pixels}  -> {id, width, height, pixels, ms}
//   {kind: "close", id}                                no answer
//
// `pixels` is an ArrayBuffer that goes to and fro; of another size, it is left behind. Where
// painting fails, the answer is {id, fault}.

import { Raster } from "./raster.js";

const rasters = new Map();

function draw({ id, values, width, height, pixels }) {
  const start = performance.now();
  const bytes = 4 * width * height;
  const buffer = pixels?.byteLength === bytes ? pixels : new ArrayBuffer(bytes);
  rasters.get(id).draw(values, width, height, new Uint8ClampedArray(buffer));
  postMessage({ id, width, height, pixels: buffer, ms: performance.now() - start }, [buffer]);
}

onmessage = ({ data }) => {
  try {
    if (data.kind === "open") rasters.set(data.id, new Raster(data.model));
    else if (data.kind === "draw") draw(data);
    else rasters.delete(data.id);
  } catch (error) {
    postMessage({ id: data.id, fault: String(error) });
  }
};
