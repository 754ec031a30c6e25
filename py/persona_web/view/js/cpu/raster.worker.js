// Paints portraits by the CPU beside the page: all of a page's in turn, so that they never want
// more than one core. Every frame that is asked for is answered once.
//
//   {kind: "open", id, model}                          no answer
//   {kind: "draw", id, values, width, height, pixels}  -> {id, width, height, pixels, ms}
//   {kind: "join", id, regions, patches}               -> {id, joined}
//   {kind: "close", id}                                no answer
//
// `pixels` is an ArrayBuffer that goes to and fro; of another size, it is left behind. Where
// painting fails, the answer is {id, fault}. What joins is the next of a person's further pictures,
// as of expressions.js, which goes unread until one does; where it cannot, `joined` is false, and
// all else goes on.

import { Raster } from "./raster.js";

const rasters = new Map();

function draw({ id, values, width, height, pixels }) {
  const start = performance.now();
  const bytes = 4 * width * height;
  const buffer = pixels?.byteLength === bytes ? pixels : new ArrayBuffer(bytes);
  const raster = rasters.get(id);
  raster.draw(values, width, height, new Uint8ClampedArray(buffer));
  raster.soften(values);
  postMessage({ id, width, height, pixels: buffer, ms: performance.now() - start }, [buffer]);
}

async function join({ id, regions, patches }) {
  try {
    const { createExpressions } = await import("./expressions.js");
    rasters.get(id).openExpressions(createExpressions, regions).add(patches);
    postMessage({ id, joined: true });
  } catch (error) {
    console.warn("a portrait is painted without a picture:", error);
    postMessage({ id, joined: false });
  }
}

onmessage = ({ data }) => {
  try {
    if (data.kind === "open") rasters.set(data.id, new Raster(data.model));
    else if (data.kind === "draw") draw(data);
    else if (data.kind === "join") join(data);
    else rasters.delete(data.id);
  } catch (error) {
    postMessage({ id: data.id, fault: String(error) });
  }
};
