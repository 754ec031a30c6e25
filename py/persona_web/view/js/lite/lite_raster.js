// A small rasteriser on the CPU: triangles with depth, pictures between their pixels, polygons
// with soft edges. A pixel's centre has whole coordinates. The same as
// persona_models.faces.rasteriser and persona_models.lite.patch_inputs, which the nets were trained
// with.

const EDGE = -1e-4; // weights a little under 0 are inside, so that neighbours leave no gap
const ZOOM = 4; // polygons are filled on a grid so much finer

/**
 * For each pixel of a square, the mean of the nearest triangle's corner values. Pixels without a
 * triangle keep what they have.
 *
 * @param {Float64Array} spots  x, y, depth (away from the viewer) of each vertex
 * @param {Float64Array} values  two numbers a vertex
 * @param {Uint16Array} triangles  three vertices each; both sides are seen
 * @param {number} size  of the square
 * @param {Float32Array} depth  size * size, scratch
 * @param {Float32Array} out  two numbers a pixel
 */
export function fillTriangles(spots, values, triangles, size, depth, out) {
  depth.fill(Infinity);
  const last = size - 1;
  for (let t = 0; t < triangles.length; t += 3) {
    const i = triangles[t], j = triangles[t + 1], k = triangles[t + 2];
    const ax = spots[3 * i], ay = spots[3 * i + 1];
    const bx = spots[3 * j], by = spots[3 * j + 1];
    const cx = spots[3 * k], cy = spots[3 * k + 1];
    const left = Math.max(0, Math.ceil(Math.min(ax, bx, cx)));
    const right = Math.min(last, Math.floor(Math.max(ax, bx, cx)));
    if (left > right) continue;
    const top = Math.max(0, Math.ceil(Math.min(ay, by, cy)));
    const bottom = Math.min(last, Math.floor(Math.max(ay, by, cy)));
    if (top > bottom) continue;
    const area = (by - cy) * (ax - cx) + (cx - bx) * (ay - cy);
    if (!(Math.abs(area) > 1e-9)) continue;
    const az = spots[3 * i + 2], bz = spots[3 * j + 2], cz = spots[3 * k + 2];
    const au = values[2 * i], bu = values[2 * j], cu = values[2 * k];
    const av = values[2 * i + 1], bv = values[2 * j + 1], cv = values[2 * k + 1];
    const aStep = (by - cy) / area, bStep = (cy - ay) / area;
    for (let y = top; y <= bottom; y += 1) {
      let a = (cx - bx) * (y - cy) / area + (left - cx) * aStep;
      let b = (ax - cx) * (y - cy) / area + (left - cx) * bStep;
      let at = y * size + left;
      for (let x = left; x <= right; x += 1, at += 1, a += aStep, b += bStep) {
        const c = 1 - a - b;
        if (a < EDGE || b < EDGE || c < EDGE) continue;
        const z = a * az + b * bz + c * cz;
        if (z >= depth[at]) continue;
        depth[at] = z;
        out[2 * at] = a * au + b * bu + c * cu;
        out[2 * at + 1] = a * av + b * bv + c * cv;
      }
    }
  }
}

/**
 * A picture between its pixels; its border goes on beyond it.
 *
 * @param {{width: number, height: number, channels: number, data: Float32Array}} picture
 *   channels of a pixel beside each other
 * @param {Float32Array} places  x, y in the picture for each pixel of the result
 * @param {Float32Array} out  planes of the result, one a channel, from `start` on
 */
export function sample({ width, height, channels, data }, places, out, start = 0) {
  const count = places.length / 2;
  const row = width * channels;
  for (let at = 0; at < count; at += 1) {
    const u = Math.min(Math.max(places[2 * at], 0), width - 1);
    const v = Math.min(Math.max(places[2 * at + 1], 0), height - 1);
    const x = Math.min(Math.trunc(u), width - 2), y = Math.min(Math.trunc(v), height - 2);
    const s = u - x, t = v - y;
    let from = y * row + x * channels;
    for (let channel = 0; channel < channels; channel += 1, from += 1) {
      const upper = data[from] * (1 - s) + data[from + channels] * s;
      const lower = data[from + row] * (1 - s) + data[from + row + channels] * s;
      out[start + channel * count + at] = upper * (1 - t) + lower * t;
    }
  }
}

/**
 * Fills a polygon into a square, 0 to 1: corners go to a grid four times as fine, whose points on
 * the outline count as inside, and which is then reduced in steps of 1/255.
 *
 * @param {Float32Array} corners  x, y of each
 * @param {Float32Array} out  size * size, from `start` on
 */
export function fillPolygon(corners, size, out, start = 0) {
  const fine = size * ZOOM;
  const count = corners.length / 2;
  const grid = corners.map((value) => Math.trunc((value + 0.5) * ZOOM - 0.5));
  out.fill(0, start, start + size * size);
  let top = fine, bottom = -1;
  for (let i = 0; i < count; i += 1) {
    top = Math.min(top, grid[2 * i + 1]);
    bottom = Math.max(bottom, grid[2 * i + 1]);
  }
  const spikes = spikesOf(grid, bottom);
  const crossings = [];
  const runs = []; // of the row: first and last point of each
  for (let y = Math.max(0, top); y <= Math.min(fine - 1, bottom); y += 1) {
    crossings.length = runs.length = 0;
    for (const [row, first, last] of spikes) if (row === y) runs.push(first, last);
    for (let i = 0; i < count; i += 1) {
      const j = i + 1 === count ? 0 : i + 1;
      const x0 = grid[2 * i], y0 = grid[2 * i + 1], x1 = grid[2 * j], y1 = grid[2 * j + 1];
      if (y < Math.min(y0, y1) || y > Math.max(y0, y1)) continue;
      if (y0 === y1) {
        runs.push(Math.min(x0, x1), Math.max(x0, x1));
        continue;
      }
      const x = x0 + ((y - y0) * (x1 - x0)) / (y1 - y0);
      if (y < Math.max(y0, y1)) crossings.push(x);
      else runs.push(Math.round(x), Math.round(x)); // an edge's lower end belongs to the outline
    }
    crossings.sort((a, b) => a - b);
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      runs.push(Math.round(crossings[i]), Math.ceil(crossings[i + 1] - 0.5));
    }
    addRuns(runs, fine, out, start + Math.trunc(y / ZOOM) * size);
  }
  const share = 255 / (ZOOM * ZOOM);
  for (let at = start; at < start + size * size; at += 1) {
    if (out[at]) out[at] = Math.round(out[at] * share) / 255;
  }
}

/**
 * Where two edges begin at one point and lean to the same side, that point is joined to what the
 * next row has of them, as the training's rasteriser does: closed lips are such slivers.
 *
 * @param {Float32Array} grid  x, y of the corners, whole numbers
 * @param {number} bottom  the last row
 * @returns {number[][]} row, first and last point of each
 */
function spikesOf(grid, bottom) {
  const ends = []; // x, y, how far the edge leans in a row away from there
  for (let i = 0, count = grid.length / 2; i < count; i += 1) {
    const j = (i + 1) % count;
    const rows = grid[2 * j + 1] - grid[2 * i + 1];
    if (rows === 0) continue;
    const lean = (grid[2 * j] - grid[2 * i]) / rows;
    const [upper, lower] = rows > 0 ? [i, j] : [j, i];
    ends.push([grid[2 * upper], grid[2 * upper + 1], lean]);
    if (grid[2 * lower + 1] === bottom) ends.push([grid[2 * lower], bottom, -lean]);
  }
  const spikes = [];
  ends.forEach(([x, y, lean], number) => {
    for (const [otherX, otherY, otherLean] of ends.slice(0, number)) {
      if (x !== otherX || y !== otherY || lean * otherLean <= 0) continue;
      if (lean < 0) spikes.push([y, Math.round(x + Math.max(lean, otherLean)) + 1, x]);
      else spikes.push([y, x, Math.round(x + Math.min(lean, otherLean)) - 1]);
    }
  });
  return spikes;
}

/** Counts the points of a row of the fine grid that lie in any of the runs. */
function addRuns(runs, fine, out, start) {
  let done = -1; // the last point that was counted
  while (runs.length) {
    let next = 0;
    for (let i = 2; i < runs.length; i += 2) if (runs[i] < runs[next]) next = i;
    const [first, last] = runs.splice(next, 2);
    for (let x = Math.max(first, done + 1, 0); x <= Math.min(last, fine - 1); x += 1) {
      out[start + Math.trunc(x / ZOOM)] += 1;
    }
    done = Math.max(done, last);
  }
}
