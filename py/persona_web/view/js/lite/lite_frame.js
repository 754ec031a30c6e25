// Where a patch lies on a face, and the mesh that a face's plain warp bends. The same as
// persona_models.lite.patch_frame and persona_models.faces.mesh_warp.

/** @typedef {object} Topology  of persona_core.neural.families.lite_patches: which landmark is where */

/** The largest sizes of a 3 x 3 matrix (row by row) along three right angles, the last signed. */
function stretches(m) {
  // Eigenvalues of the symmetric product, by its trigonometric solution (O. K. Smith,
  // "Eigenvalues of a symmetric 3 x 3 matrix", 1961).
  const s = (i, j) => m[i] * m[j] + m[3 + i] * m[3 + j] + m[6 + i] * m[6 + j];
  const a = s(0, 0), b = s(1, 1), c = s(2, 2), d = s(0, 1), e = s(0, 2), f = s(1, 2);
  const mean = (a + b + c) / 3;
  const spread = Math.sqrt(
    ((a - mean) ** 2 + (b - mean) ** 2 + (c - mean) ** 2 + 2 * (d * d + e * e + f * f)) / 6,
  );
  let values = [mean, mean, mean];
  if (spread > 1e-12 * mean) {
    const [p, q, r] = [(a - mean) / spread, (b - mean) / spread, (c - mean) / spread];
    const [u, v, w] = [d / spread, e / spread, f / spread];
    const half = (p * (q * r - w * w) - u * (u * r - w * v) + v * (u * w - q * v)) / 2;
    const angle = Math.acos(Math.min(1, Math.max(-1, half))) / 3;
    const first = mean + 2 * spread * Math.cos(angle);
    const last = mean + 2 * spread * Math.cos(angle + (2 * Math.PI) / 3);
    values = [first, 3 * mean - first - last, last];
  }
  const turned =
    m[0] * (m[4] * m[8] - m[5] * m[7]) -
    m[1] * (m[3] * m[8] - m[5] * m[6]) +
    m[2] * (m[3] * m[7] - m[4] * m[6]);
  const sizes = values.map((value) => Math.sqrt(Math.max(value, 0)));
  return [sizes[0], sizes[1], sizes[2] * Math.sign(turned)];
}

/**
 * Pixels per centimetre of a face: as FacePlacement.fit.
 *
 * @param {Float32Array} points  478 landmarks: x, y, z
 * @param {Topology} topology
 */
export function placementScale(points, { stable, canonical }) {
  const count = stable.length;
  const model = [0, 0, 0], seen = [0, 0, 0];
  for (let i = 0; i < count; i += 1) {
    for (let axis = 0; axis < 3; axis += 1) {
      model[axis] += canonical[3 * i + axis] / count;
      seen[axis] += points[3 * stable[i] + axis] / count;
    }
  }
  const matrix = new Float64Array(9);
  let square = 0;
  for (let i = 0; i < count; i += 1) {
    for (let row = 0; row < 3; row += 1) {
      const off = (points[3 * stable[i] + row] - seen[row]) * (row === 0 ? 1 : -1);
      for (let column = 0; column < 3; column += 1) {
        matrix[3 * row + column] += off * (canonical[3 * i + column] - model[column]);
      }
      square += (canonical[3 * i + row] - model[row]) ** 2;
    }
  }
  return stretches(matrix).reduce((sum, value) => sum + value, 0) / square;
}

/** The map from a picture to a patch. */
export class PatchFrame {
  /**
   * @param {object} part  of the topology
   * @param {Float32Array} points  478 landmarks
   * @param {number} scale  placementScale of them
   * @param {number} size  of the patch in pixels
   */
  constructor(part, points, scale, size) {
    const [start, end] = part.corners.map((index) => 3 * index);
    let x = 0, y = 0;
    for (const index of part.middle) {
      x += points[3 * index] / part.middle.length;
      y += points[3 * index + 1] / part.middle.length;
    }
    const across = points[end] - points[start], down = points[end + 1] - points[start + 1];
    const zoom = size / (part.side * scale) / Math.max(Math.hypot(across, down), 1e-6);
    const c = across * zoom, s = down * zoom;
    const sign = part.mirrored ? -1 : 1;
    // Rows of the turn, then where the picture's origin goes.
    this.a = sign * c;
    this.b = sign * s;
    this.c = -s;
    this.d = c;
    this.x = 0.5 * size - 0.5 - (this.a * x + this.b * y);
    this.y = part.height * size - 0.5 - (this.c * x + this.d * y);
    this.size = size;
  }

  /** Points in the patch: x, y of each, from points of `stride` numbers. */
  toPatch(points, stride, indices, out = new Float32Array(2 * indices.length)) {
    for (let i = 0; i < indices.length; i += 1) {
      const x = points[stride * indices[i]], y = points[stride * indices[i] + 1];
      out[2 * i] = this.a * x + this.b * y + this.x;
      out[2 * i + 1] = this.c * x + this.d * y + this.y;
    }
    return out;
  }

  /** Where a point of the patch lies in the picture: x, y. */
  toPhoto(column, row) {
    const { a, b, c, d } = this;
    const area = a * d - b * c;
    const x = column - this.x, y = row - this.y;
    return [(d * x - b * y) / area, (a * y - c * x) / area];
  }

  /** Where each pixel of the patch lies in the picture. */
  places(out) {
    const { a, b, c, d, size } = this;
    const area = a * d - b * c;
    for (let row = 0, at = 0; row < size; row += 1) {
      for (let column = 0; column < size; column += 1, at += 2) {
        const x = column - this.x, y = row - this.y;
        out[at] = (d * x - b * y) / area;
        out[at + 1] = (a * y - c * x) / area;
      }
    }
    return out;
  }
}

/** The skin's mesh and the rings about it, which carry hair and background along. */
export class WarpMesh {
  #oval;
  #rings; // of each: how far each vertex goes along, and the smoothing's weights
  #faceCount;
  #behind;
  #rim; // the oval in the photo: x, y of each
  #moved; // where it has gone from there

  /**
   * @param {Float32Array} source  478 landmarks of the photo
   * @param {Topology} topology
   */
  constructor(source, { oval, faceCount, rings, neckHold, behind, triangles }) {
    const count = oval.length;
    this.#oval = oval;
    this.#faceCount = faceCount;
    this.#behind = behind;
    const vertices = faceCount + rings.length * count;
    /** Where each vertex lies in the photo: x, y. */
    this.origins = new Float64Array(2 * vertices);
    /** Where it goes: x, y, depth. */
    this.goals = new Float64Array(3 * vertices);
    for (let i = 0; i < faceCount; i += 1) {
      this.origins[2 * i] = source[3 * i];
      this.origins[2 * i + 1] = source[3 * i + 1];
    }
    const rim = Array.from(oval, (index) => [source[3 * index], source[3 * index + 1]]);
    const centre = [0, 1].map((axis) => rim.reduce((sum, spot) => sum + spot[axis], 0) / count);
    const reach = Math.max(...rim.map((spot) => Math.abs(spot[1] - centre[1])));
    this.#rings = rings.map(([size, share, width], number) => {
      const holds = rim.map((spot, i) => {
        const at = 2 * (faceCount + number * count + i);
        this.origins[at] = centre[0] + (spot[0] - centre[0]) * size;
        this.origins[at + 1] = centre[1] + (spot[1] - centre[1]) * size;
        const below = Math.min(1, Math.max(0, (spot[1] - centre[1]) / reach));
        return share * (1 - neckHold * below * Math.min(1, (size - 1) * 1.6));
      });
      return { holds, weights: smoothing(count, width) };
    });
    const about = ringTriangles(oval, rings.length, faceCount);
    this.triangles = Uint16Array.from([...triangles, ...about]);
    this.#moved = new Float64Array(2 * count);
    this.#rim = rim;
  }

  /** Moves the mesh to the landmarks of a frame. */
  follow(target) {
    const { goals, origins } = this;
    const count = this.#oval.length;
    goals.set(target.subarray(0, 3 * this.#faceCount));
    let depth = -Infinity;
    for (let i = 0; i < count; i += 1) {
      const at = 3 * this.#oval[i];
      this.#moved[2 * i] = target[at] - this.#rim[i][0];
      this.#moved[2 * i + 1] = target[at + 1] - this.#rim[i][1];
      depth = Math.max(depth, target[at + 2]);
    }
    this.#rings.forEach(({ holds, weights }, number) => {
      for (let i = 0; i < count; i += 1) {
        let x = 0, y = 0;
        for (let j = 0; j < count; j += 1) {
          const weight = weights[(j - i + count) % count];
          x += weight * this.#moved[2 * j];
          y += weight * this.#moved[2 * j + 1];
        }
        const at = this.#faceCount + number * count + i;
        goals[3 * at] = origins[2 * at] + holds[i] * x;
        goals[3 * at + 1] = origins[2 * at + 1] + holds[i] * y;
        goals[3 * at + 2] = depth + this.#behind * (number + 1);
      }
    });
  }
}

/** Gaussian weights of a closed loop's points by their distance along it; their sum is 1. */
function smoothing(count, reach) {
  const weights = Array.from({ length: count }, (_, step) =>
    Math.exp(-0.5 * (Math.min(step, count - step) / reach) ** 2),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

function ringTriangles(oval, rings, faceCount) {
  const count = oval.length;
  const triangles = [];
  let inner = Array.from(oval);
  for (let ring = 0; ring < rings; ring += 1) {
    const outer = Array.from(oval, (_, i) => faceCount + ring * count + i);
    const rows = [[], []];
    for (let i = 0; i < count; i += 1) {
      const j = (i + 1) % count;
      rows[0].push(inner[i], inner[j], outer[j]);
      rows[1].push(inner[i], outer[j], outer[i]);
    }
    triangles.push(...rows[0], ...rows[1]);
    inner = outer;
  }
  return triangles;
}
