// Paints portraits for the render server, as pages without a GPU paint them: the same scripts, in a
// process of their own. Messages come on the standard input and are answered on the output, each
// by one, in order:
//
//   u32 bytes of the head, u32 bytes of the body (little-endian), head (JSON), body
//   head: {op, face, arrays: [[name, kind, bytes, dims]...], ...}; the body has the arrays in turn
//
//   open   the model of cpu/raster.js; with `patches` and `topology` also LivePortrait-Lite's layer
//   join   a further picture of the person, as of cpu/expressions.js; lite_pictures, lite_spots
//   look   lite_photo and lite_source once, lite_target [, lite_mix]  -> what the nets are given
//   fit    width, height  -> how the photo is laid into a picture, as of portrait_view.js
//   paint  values, width, height [, mouth_change, eye_change, lite_places]  -> pixels
//   close
//
// What fails is answered with {fault}; the process goes on.

import { writeSync } from "node:fs";

import { createExpressions } from "../../persona_web/view/js/cpu/expressions.js";
import { fitPhoto } from "../../persona_web/view/js/portrait_view.js";
import { Raster } from "../../persona_web/view/js/cpu/raster.js";
import { createSteps } from "../../persona_web/bridge/neural/lite_steps.js";
import { createLiteLayer } from "./lite_layer.mjs";

const KINDS = { f: Float32Array, h: Uint16Array, s: Int16Array, b: Uint8Array };
const HEAD = 8;
const OUT = 1;

class Tensor {
  constructor(type, data, dims) {
    Object.assign(this, { type, data, dims });
  }
}

const ort = { Tensor };
const faces = new Map();

/** Everything that is kept of one portrait. */
class Face {
  constructor({ topology, patches, ...model }) {
    this.model = model;
    this.layer = patches && createLiteLayer(model, patches);
    this.steps = topology && createSteps(ort, topology).patches;
    this.raster = new Raster(model, this.layer ? [this.layer.paint] : []);
    this.tensors = {};
    this.regions = undefined;
  }

  join({ regions, masks, patches, ...tensors }) {
    this.regions ??= { regions, masks };
    const layer = this.raster.openExpressions(createExpressions, this.regions);
    layer.add(patches);
    this.layer?.setExpressions(layer, this.regions.masks);
    Object.assign(this.tensors, tensors);
  }

  async look(tensors) {
    Object.assign(this.tensors, tensors);
    const found = await this.steps.run(this.tensors);
    return Object.fromEntries(Object.entries(found).map(([name, { data }]) => [name, data]));
  }

  fit({ width, height }) {
    return { map: fitPhoto(this.model, width, height).map };
  }

  paint({ values, width, height, ...changes }) {
    const bytes = 4 * width * height;
    if (this.pixels?.length !== bytes) this.pixels = new Uint8ClampedArray(bytes);
    this.layer?.take(changes.mouth_change && changes);
    this.raster.draw(values, width, height, this.pixels);
    this.raster.soften(values);
    return { pixels: this.pixels };
  }
}

function faceOf({ face }) {
  const found = faces.get(face);
  if (!found) throw new Error(`there is no face ${face}`);
  return found;
}

const OPERATIONS = {
  open({ face, ...model }) {
    faces.set(face, new Face(model));
  },
  join: (given) => faceOf(given).join(given),
  look: (given) => faceOf(given).look(given),
  fit: (given) => faceOf(given).fit(given),
  paint: (given) => faceOf(given).paint(given),
  close({ face }) {
    faces.delete(face);
  },
};

/** Puts a message's arrays where its head names them: "a" or "a.0.b" for what lies deeper. */
function unpack(head, body) {
  const { op, arrays, ...given } = head;
  let at = 0;
  for (const [path, kind, bytes, dims] of arrays) {
    const data = new KINDS[kind](body.buffer.slice(body.byteOffset + at, body.byteOffset + at + bytes));
    at += bytes;
    const names = path.split(".");
    let into = given;
    for (const name of names.slice(0, -1)) into = into[name];
    into[names.at(-1)] = dims ? new Tensor("float32", data, dims) : data;
  }
  return [op, given];
}

function write(...parts) {
  for (const part of parts) {
    for (let at = 0; at < part.length; ) {
      try {
        at += writeSync(OUT, part, at);
      } catch (error) {
        if (error.code !== "EAGAIN") throw error; // a full pipe that does not block
      }
    }
  }
}

function answer(head, arrays = {}) {
  const entries = Object.entries(arrays);
  const described = entries.map(([name, { byteLength }]) => [name, byteLength]);
  const text = Buffer.from(JSON.stringify({ ...head, arrays: described }));
  const lengths = Buffer.alloc(HEAD);
  lengths.writeUInt32LE(text.length, 0);
  lengths.writeUInt32LE(described.reduce((sum, [, bytes]) => sum + bytes, 0), 4);
  write(lengths, text, ...entries.map(([, { buffer, byteOffset, byteLength }]) =>
    new Uint8Array(buffer, byteOffset, byteLength)));
}

async function obey(head, body) {
  const start = performance.now();
  try {
    const [op, given] = unpack(head, body);
    const arrays = await OPERATIONS[op](given);
    answer({ ms: performance.now() - start }, arrays);
  } catch (error) {
    answer({ fault: String(error?.stack ?? error).slice(0, 2000) });
  }
}

let waiting = [], size = 0;

/** The next `count` bytes; undefined until they are there. */
function take(count) {
  if (size < count) return undefined;
  const all = waiting.length === 1 ? waiting[0] : Buffer.concat(waiting, size);
  waiting = all.length > count ? [all.subarray(count)] : [];
  size -= count;
  return all.subarray(0, count);
}

let lengths, turn = Promise.resolve();

function* messages() {
  for (;;) {
    lengths ??= take(HEAD);
    if (!lengths) return;
    const [head, body] = [lengths.readUInt32LE(0), lengths.readUInt32LE(4)];
    const message = take(head + body);
    if (!message) return;
    lengths = undefined;
    yield [JSON.parse(message.subarray(0, head).toString()), message.subarray(head)];
  }
}

process.stdin.on("data", (chunk) => {
  waiting.push(chunk);
  size += chunk.length;
  for (const [head, body] of messages()) turn = turn.then(() => obey(head, body));
});
process.stdin.on("end", () => turn.then(() => process.exit(0)));
