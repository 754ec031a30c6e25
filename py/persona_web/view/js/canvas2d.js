// Replays a draw program (persona_core/drawn/program.py) on a 2D canvas.
//
// A program is decoded once; a frame brings only an array of values, and drawing it makes no
// objects: gradients are built once in unit space and laid over the figure by the canvas's
// transform at fill time (a path keeps the transform it was built under, a fill style takes
// the current one).

// What moves no point by this part of a pixel and no opacity by this much is not seen.
const UNSEEN_PX = 0.2;
const UNSEEN_ALPHA = 0.003;

const FORMAT_VERSION = 1;
const HEADER = 7;

// Operation codes: persona_core.drawn.program.Op.
const BEGIN = 0, CURVE = 1, LOOP = 2, LINES = 3, CLOSE = 4, FILL = 5, FILL_GRADIENT = 6;
const STROKE = 7, CLIP = 8, UNCLIP = 9, LIFT = 10, LINEAR = 11, RADIAL = 12;

/**
 * A drawing on `canvas`. Units are those of the program; the canvas shows its whole view box,
 * centred, and whatever more the aspect ratio leaves room for.
 */
export function createDrawing(canvas) {
  const context = canvas.getContext("2d");
  let program = null;
  let colours = [];
  let gradients = [];
  let start = 0; // of the operations
  let scalars = 0; // where the scalars begin in the values
  let view = [0, 0, 1, 1];
  let scale = 1, originX = 0, originY = 0;
  let open = false; // whether the path has a current point
  let shown = null; // the values of what the canvas shows
  let cssWidth = canvas.clientWidth || canvas.width;
  let cssHeight = canvas.clientHeight || canvas.height;
  let dpr = 1;

  function fit() {
    const [left, top, right, bottom] = view;
    scale = Math.min(canvas.width / (right - left), canvas.height / (bottom - top));
    originX = canvas.width / 2 - (scale * (left + right)) / 2;
    originY = canvas.height / 2 - (scale * (top + bottom)) / 2;
  }

  function resize(width, height, ratio = 1) {
    cssWidth = width;
    cssHeight = height;
    dpr = ratio;
    const w = Math.max(1, Math.round(cssWidth * dpr));
    const h = Math.max(1, Math.round(cssHeight * dpr));
    // Setting a canvas's size clears it, so only when it changes.
    if (canvas.width !== w) canvas.width = w;
    if (canvas.height !== h) canvas.height = h;
    shown = null;
    fit();
  }

  function setProgram(newProgram, newColours) {
    if (newProgram[0] !== FORMAT_VERSION) {
      throw new Error(`draw program of format ${newProgram[0]}, expected ${FORMAT_VERSION}`);
    }
    program = newProgram;
    shown = null;
    colours = newColours;
    scalars = 2 * program[1];
    view = Array.from(program.subarray(3, HEADER));
    gradients = [];
    start = HEADER;
    while (program[start] === LINEAR || program[start] === RADIAL) {
      const gradient =
        program[start] === LINEAR
          ? context.createLinearGradient(0, 0, 1, 0)
          : context.createRadialGradient(0, 0, 0, 0, 0, 1);
      const stops = program[start + 2];
      for (let stop = 0; stop < stops; stop++) {
        const at = start + 3 + 2 * stop;
        gradient.addColorStop(program[at], colours[program[at + 1]]);
      }
      gradients[program[start + 1]] = gradient;
      start += 3 + 2 * stops;
    }
    fit();
  }

  // A smooth curve through points a .. b-1: at each point the tangent is parallel to the line
  // between its neighbours, and the handles are a third of the chord (a Catmull-Rom spline
  // that does not overshoot where points lie unevenly). `last` wraps around for a loop.
  function spline(values, a, count, closed) {
    const wrap = (i) => 2 * (a + (closed ? (i + count) % count : i));
    const segments = closed ? count : count - 1;
    let p0 = wrap(0);
    if (open && !closed) context.lineTo(values[p0], values[p0 + 1]);
    else context.moveTo(values[p0], values[p0 + 1]);
    open = true;
    let hasTangent = false, tx = 0, ty = 0; // unit tangent at the segment's start
    if (closed) {
      const before = wrap(-1), after = wrap(1);
      tx = values[after] - values[before];
      ty = values[after + 1] - values[before + 1];
      const norm = Math.sqrt(tx * tx + ty * ty) || 1;
      tx /= norm;
      ty /= norm;
      hasTangent = true;
    }
    for (let i = 0; i < segments; i++) {
      const p1 = wrap(i + 1);
      const x0 = values[p0], y0 = values[p0 + 1], x1 = values[p1], y1 = values[p1 + 1];
      const third = Math.sqrt((x1 - x0) * (x1 - x0) + (y1 - y0) * (y1 - y0)) / 3;
      const hasNext = closed || i + 1 < segments;
      let ux = 0, uy = 0; // unit tangent at the segment's end
      if (hasNext) {
        const p2 = wrap(i + 2);
        ux = values[p2] - x0;
        uy = values[p2 + 1] - y0;
        const norm = Math.sqrt(ux * ux + uy * uy) || 1;
        ux /= norm;
        uy /= norm;
      }
      let ax = x0 + tx * third, ay = y0 + ty * third;
      let bx = x1 - ux * third, by = y1 - uy * third;
      // A free end aims at the other handle.
      if (!hasTangent) {
        ax = (x0 + bx) / 2;
        ay = (y0 + by) / 2;
      }
      if (!hasNext) {
        bx = (x1 + ax) / 2;
        by = (y1 + ay) / 2;
      }
      context.bezierCurveTo(ax, ay, bx, by, x1, y1);
      p0 = p1;
      tx = ux;
      ty = uy;
      hasTangent = true;
    }
    if (closed) {
      context.closePath();
      open = false;
    }
  }

  function lines(values, a, count) {
    for (let i = 2 * a; i < 2 * (a + count); i += 2) {
      if (open) context.lineTo(values[i], values[i + 1]);
      else context.moveTo(values[i], values[i + 1]);
      open = true;
    }
  }

  const opacity = (values, slot) => (slot < 0 ? 1 : values[scalars + slot]);

  function fillGradient(values, gradient, frame, alpha) {
    if (alpha <= UNSEEN_ALPHA) return;
    const i = 2 * frame;
    const ox = values[i], oy = values[i + 1];
    context.globalAlpha = alpha;
    context.fillStyle = gradients[gradient];
    context.transform(
      values[i + 2] - ox, values[i + 3] - oy, values[i + 4] - ox, values[i + 5] - oy, ox, oy,
    );
    context.fill();
    context.setTransform(scale, 0, 0, scale, originX, originY);
  }

  function isSeen(values) {
    const step = UNSEEN_PX / scale;
    for (let i = 0; i < scalars; i++) if (Math.abs(values[i] - shown[i]) > step) return true;
    for (let i = scalars; i < values.length; i++) {
      if (Math.abs(values[i] - shown[i]) > UNSEEN_ALPHA) return true;
    }
    return false;
  }

  /** Shows these values, unless that would change nothing that can be seen. */
  function draw(values) {
    if (!program || (shown?.length === values.length && !isSeen(values))) return;
    if (shown?.length === values.length) shown.set(values);
    else shown = values.slice();
    const p = program, end = p.length;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.setTransform(scale, 0, 0, scale, originX, originY);
    context.lineJoin = "round";
    context.lineCap = "round";
    let i = start;
    while (i < end) {
      switch (p[i]) {
        case BEGIN:
          context.beginPath();
          open = false;
          i += 1;
          break;
        case CURVE:
        case LOOP:
          spline(values, p[i + 1], p[i + 2], p[i] === LOOP);
          i += 3;
          break;
        case LINES:
          lines(values, p[i + 1], p[i + 2]);
          i += 3;
          break;
        case LIFT:
          open = false;
          i += 1;
          break;
        case CLOSE:
          context.closePath();
          open = false;
          i += 1;
          break;
        case FILL: {
          const alpha = opacity(values, p[i + 2]);
          if (alpha > UNSEEN_ALPHA) {
            context.globalAlpha = alpha;
            context.fillStyle = colours[p[i + 1]];
            context.fill();
          }
          i += 3;
          break;
        }
        case FILL_GRADIENT:
          fillGradient(values, p[i + 1], p[i + 2], opacity(values, p[i + 3]));
          i += 4;
          break;
        case STROKE: {
          const alpha = opacity(values, p[i + 3]);
          if (alpha > UNSEEN_ALPHA) {
            context.globalAlpha = alpha;
            context.strokeStyle = colours[p[i + 1]];
            context.lineWidth = p[i + 2];
            context.stroke();
          }
          i += 4;
          break;
        }
        case CLIP:
          context.save();
          context.clip();
          i += 1;
          break;
        case UNCLIP:
          context.restore();
          i += 1;
          break;
        default:
          throw new Error(`draw program: unknown operation ${p[i]} at ${i}`);
      }
    }
  }

  function close() {
    program = shown = null;
    gradients = [];
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
  }

  return { setProgram, draw, resize, close };
}
