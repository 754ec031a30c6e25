// LivePortrait-Lite's patches over a portrait, on the CPU: what lite_webgl.js has a GPU do, in the
// same order and by the same numbers, as a layer of cpu/raster.js.

import { EDGE } from "../../persona_web/view/js/cpu/mesh.js";
import { Levels, sample, smoothstep } from "../../persona_web/view/js/cpu/photo.js";

const MOUTH = 0;
const SEEN = 0.004; // less of a patch is left out
const NEARER = 0.0004; // of the photo's height: as far before the patch is what is added to a set

/** Planes of red, green and blue at a place, 0 to 1 over the patch; its border goes on. */
function changeAt(planes, size, x, y, out) {
  const u = Math.min(Math.max(x * size - 0.5, 0), size - 1);
  const v = Math.min(Math.max(y * size - 0.5, 0), size - 1);
  const column = u | 0, row = v | 0, s = u - column, t = v - row;
  const right = column + 1 < size ? 1 : 0, down = row + 1 < size ? size : 0;
  for (let channel = 0, at = row * size + column; channel < 3; channel += 1, at += size * size) {
    const upper = planes[at] * (1 - s) + planes[at + right] * s;
    const lower = planes[at + down] * (1 - s) + planes[at + right + down] * s;
    out[channel] = upper * (1 - t) + lower * t;
  }
}

/**
 * @param {object} model  as of cpu/raster.js
 * @param {object} patches  as of lite_webgl.js
 * @returns {{take: Function, paint: Function, setExpressions: Function}} what takes the nets'
 *   changes; the layer for Raster; and what is told of a set, with its masks
 */
export function createLiteLayer({ width, height, photo }, patches) {
  const { sizes, strengths, feather, level, kept, triangles } = patches;
  const coarse = new Levels({ width, height, data: photo }).reduced(2 ** -level, 0);
  const across = coarse.width / width, down = coarse.height / height;
  const fine = new Float32Array(4), plain = new Float32Array(4), added = new Float32Array(3);
  let changes, spots, depth, done, expressions, masks;

  /** Goes over the pixels of a patch's triangles that nothing of a patch hides. */
  function cover(scene, mesh, number, bias, shade) {
    const { view, width: columns, height: rows } = scene;
    const { scale, x: left, y: top } = view;
    const at = 2 * kept.length * number;
    const corners = triangles[number];
    for (let t = 0; t < corners.length; t += 3) {
      const i = corners[t], j = corners[t + 1], k = corners[t + 2];
      if (!(kept[i] || kept[j] || kept[k])) continue;
      const ax = mesh.spots[3 * i] * scale + left - 0.5, ay = mesh.spots[3 * i + 1] * scale + top - 0.5;
      const bx = mesh.spots[3 * j] * scale + left - 0.5, by = mesh.spots[3 * j + 1] * scale + top - 0.5;
      const cx = mesh.spots[3 * k] * scale + left - 0.5, cy = mesh.spots[3 * k + 1] * scale + top - 0.5;
      const first = Math.max(0, Math.ceil(Math.min(ax, bx, cx)));
      const last = Math.min(columns - 1, Math.floor(Math.max(ax, bx, cx)));
      if (first > last) continue;
      const upper = Math.max(0, Math.ceil(Math.min(ay, by, cy)));
      const lower = Math.min(rows - 1, Math.floor(Math.max(ay, by, cy)));
      const area = (by - cy) * (ax - cx) + (cx - bx) * (ay - cy);
      if (upper > lower || !(Math.abs(area) > 1e-9)) continue;
      const az = mesh.spots[3 * i + 2], bz = mesh.spots[3 * j + 2], cz = mesh.spots[3 * k + 2];
      const aStep = (by - cy) / area, bStep = (cy - ay) / area;
      for (let y = upper; y <= lower; y += 1) {
        let a = ((cx - bx) * (y - cy)) / area + (first - cx) * aStep;
        let b = ((ax - cx) * (y - cy)) / area + (first - cx) * bStep;
        for (let x = first, pixel = y * columns + first; x <= last; x += 1, pixel += 1, a += aStep, b += bStep) {
          const c = 1 - a - b;
          if (a < EDGE || b < EDGE || c < EDGE) continue;
          const z = a * az + b * bz + c * cz - bias;
          if (z > depth[pixel]) continue;
          const u = a * spots[at + 2 * i] + b * spots[at + 2 * j] + c * spots[at + 2 * k];
          const v = a * spots[at + 2 * i + 1] + b * spots[at + 2 * j + 1] + c * spots[at + 2 * k + 1];
          const ramp = feather / sizes[number];
          const alpha = smoothstep(0, 1, Math.min(u, 1 - u) / ramp) *
            smoothstep(0, 1, Math.min(v, 1 - v) / ramp) * (a * kept[i] + b * kept[j] + c * kept[k]);
          if (alpha > 0) shade(pixel, z, alpha, u, v, i, j, k, a, b, c);
        }
      }
    }
  }

  function paintPatch(scene, mesh, number, amount, shares) {
    const seen = amount * strengths[number], planes = changes[number], size = sizes[number];
    cover(scene, mesh, number, 0, (pixel, z, soft, u, v, i, j, k, a, b, c) => {
      let alpha = soft * seen;
      if (masks) {
        let hidden = 0;
        for (let region = 1; region < 4; region += 1) {
          hidden += shares[region] * (a * masks[4 * i + region] + b * masks[4 * j + region] +
            c * masks[4 * k + region]) / 255;
        }
        alpha *= 1 - Math.min(hidden, 1);
      }
      if (alpha < SEEN) return;
      depth[pixel] = z;
      const { places } = mesh;
      const x = a * places[2 * i] + b * places[2 * j] + c * places[2 * k];
      const y = a * places[2 * i + 1] + b * places[2 * j + 1] + c * places[2 * k + 1];
      changeAt(planes, size, u, v, added);
      // A change belongs to the photo as coarse as the nets saw it; finer lines would stay behind.
      const drawn = smoothstep(
        0.05, 0.2, Math.max(Math.abs(added[0]), Math.abs(added[1]), Math.abs(added[2])),
      );
      scene.photo.at(x, y, fine);
      sample(coarse, x * across, y * down, plain);
      for (let channel = 0; channel < 3; channel += 1) {
        const skin = fine[channel] + (plain[channel] - fine[channel]) * drawn;
        fine[channel] = Math.min(Math.max(skin + 255 * added[channel], 0), 255);
      }
      scene.blend(4 * pixel, fine, alpha);
    });
  }

  /** To a set's mouth, which the net saw, the change is added. */
  function addMouth(scene, mesh, amount) {
    const planes = changes[MOUTH], size = sizes[MOUTH];
    done.fill(0);
    cover(scene, mesh, MOUTH, NEARER * height, (pixel, _z, soft, u, v, i, j, k, a, b, c) => {
      if (done[pixel]) return;
      done[pixel] = 1;
      const share = 255 * soft * amount *
        (a * masks[4 * i + 1] + b * masks[4 * j + 1] + c * masks[4 * k + 1]) / 255;
      changeAt(planes, size, u, v, added);
      for (let channel = 0; channel < 3; channel += 1) {
        scene.pixels[4 * pixel + channel] += share * added[channel];
      }
    });
  }

  function paint(scene, values, mesh) {
    if (!changes) return;
    const [face, ...parts] = expressions?.shares(values) ?? [0, 0, 0, 0];
    const seen = 1 - face; // it knows the photo's face
    if (seen <= 0) return;
    const count = scene.width * scene.height;
    if (depth?.length !== count) [depth, done] = [new Float32Array(count), new Uint8Array(count)];
    depth.fill(Infinity);
    for (let number = 0; number < sizes.length; number += 1) {
      if (strengths[number]) paintPatch(scene, mesh, number, seen, [0, ...parts]);
    }
    if (parts[0] > 0 && strengths[MOUTH]) addMouth(scene, mesh, seen * parts[0] * strengths[MOUTH]);
  }

  return {
    /** Takes what nets gave for the frame that is painted next; nothing where none ran. */
    take(given) {
      if (!given) return (changes = undefined);
      const { mouth_change: mouth, eye_change: eyes, lite_places: places } = given;
      changes = [mouth, eyes.subarray(0, eyes.length / 2), eyes.subarray(eyes.length / 2)];
      spots = places;
    },
    paint,
    setExpressions(layer, regionMasks) {
      expressions = layer;
      masks = regionMasks;
    },
  };
}
