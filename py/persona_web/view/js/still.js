// Who cannot be shown moving, on a 2D canvas: the photo as it is, with a level meter; or, where it
// is not known who is to be seen, a silhouette that breathes and could be anybody.

import { fitPhoto } from "./portrait_view.js";

// #silhouette of icons.svg, which stands on the stage while a page starts.
const FIGURE = { width: 400, height: 440, share: 0.84, most: 544 };
const OUTLINE =
  "M200 62c62 0 103 46 103 112 0 40-14 75-38 99v32c0 13 8 22 21 26 52 15 88 46 98 109H16c10-63 " +
  "46-94 98-109 13-4 21-13 21-26v-32c-24-24-38-59-38-99C97 108 138 62 200 62Z";
const BREATH_MS = 4500, BREATHS = 12; // in few steps: a processor pays for each picture
const BARS = [0.55, 0.8, 1, 0.8, 0.55];
const STEPS = 24; // of the level
const EDGE = 0.04, FEW = 8; // of a photo goes on where it ends: this share, in so many shades

/** @param {HTMLCanvasElement} canvas  whose size its owner sets */
export function createStill(canvas) {
  const context = canvas.getContext("2d");
  const outline = new Path2D(OUTLINE);
  let photo;
  let sheet; // the photo as it was laid into a canvas of the present size
  const look = new Float32Array(32); // for fitPhoto
  let shown = "";

  /**
   * @param {ImageBitmap} [bitmap]  a photo, to be taken over; none for nobody
   * @param {Float32Array} [box]  of the head in it: left, top, right, bottom
   */
  function wear(bitmap, box) {
    photo?.close();
    photo = bitmap;
    shown = "";
    sheet = undefined;
    if (photo) look.set(box, 28);
  }

  function drawPhoto(width, height) {
    if (sheet?.width !== width || sheet.height !== height) sheet = laid(width, height);
    context.drawImage(sheet, 0, 0);
  }

  /** The photo in a scene; where it ends, it fades into what its edge goes on with. */
  function laid(width, height) {
    const { map, spare } = fitPhoto({ width: photo.width, height: photo.height, look }, width, height);
    const made = new OffscreenCanvas(width, height), scene = made.getContext("2d");
    const scale = (map[0] * width) / 2;
    const [across, down] = [photo.width * scale, photo.height * scale];
    // Hair that the photo cuts off is cut off by the scene's edge, too: nothing could stand above it.
    const hangs = spare[1] && look[29] < 0;
    const left = ((map[2] + 1) * width) / 2, top = hangs ? 0 : ((1 - map[3]) * height) / 2;
    scene.imageSmoothingQuality = "high";
    scene.drawImage(photo, left, top, across, down);
    if (!spare[0] && !spare[1]) return made;
    const rim = 0.06 * Math.min(across, down);
    scene.globalCompositeOperation = "destination-out";
    if (spare[0]) {
      fade(scene, left, 0, left + rim, 0);
      fade(scene, left + across, 0, left + across - rim, 0);
    } else if (hangs) fade(scene, 0, down, 0, down - rim);
    else fade(scene, 0, top, 0, top + rim);
    scene.globalCompositeOperation = "destination-over";
    const { width: wide, height: high } = photo;
    if (spare[0]) {
      const strip = EDGE * wide, half = left + across / 2;
      goOn(scene, [[0, 0, strip, high]], [1, FEW], [0, top, half, down]);
      goOn(scene, [[wide - strip, 0, strip, high]], [1, FEW], [half, top, width - half, down]);
    } else {
      const strip = EDGE * high, foot = high - strip, side = wide / 6;
      const shoulders = [[side, foot, side, strip], [4 * side, foot, side, strip]]; // and no neck
      const [strips, shades] = hangs ? [shoulders, 2] : [[[0, 0, wide, strip]], FEW];
      goOn(scene, strips, [shades, 1], [left, 0, across, height]);
    }
    return made;
  }

  /** Strips of the photo beside each other, of which so few pixels are kept that nothing can be
   * told, over a place. */
  function goOn(scene, strips, [columns, rows], place) {
    const few = new OffscreenCanvas(columns, rows), shades = few.getContext("2d");
    shades.imageSmoothingQuality = "high";
    const share = columns / strips.length;
    strips.forEach((strip, n) => shades.drawImage(photo, ...strip, n * share, 0, share, rows));
    scene.drawImage(few, ...place);
  }

  /** Nothing of the photo at the line's start, all at its end. */
  function fade(scene, x0, y0, x1, y1) {
    const edge = 2; // begun in the middle of a pixel, it would leave a thin line of the photo
    const [right, down] = [Math.sign(x1 - x0), Math.sign(y1 - y0)];
    const gradient = scene.createLinearGradient(x0 + edge * right, y0 + edge * down, x1, y1);
    gradient.addColorStop(0, "#000");
    gradient.addColorStop(1, "#0000");
    scene.fillStyle = gradient;
    const { width, height } = scene.canvas;
    if (right) scene.fillRect(x0 - edge * right, 0, x1 - x0 + edge * right, height);
    else scene.fillRect(0, y0 - edge * down, width, y1 - y0 + edge * down);
  }

  function drawFigure(width, height, breath) {
    const ratio = width / (canvas.clientWidth || width);
    const scale = Math.min(
      Math.min(width, FIGURE.most * ratio) / FIGURE.width, (FIGURE.share * height) / FIGURE.height,
    );
    context.fillStyle = getComputedStyle(canvas).getPropertyValue("--stage-shade") || "#8888";
    context.save();
    context.translate(width / 2, height);
    context.scale(scale * (1 + 0.015 * breath), scale * (1 + 0.02 * breath));
    context.translate(-FIGURE.width / 2, -FIGURE.height);
    context.fill(outline);
    context.restore();
  }

  function drawMeter(width, height, level) {
    const unit = Math.max(2, Math.min(width, height) / 60);
    const room = (2 * BARS.length + 1) * unit;
    const middle = height - 6 * unit;
    context.fillStyle = "rgb(0 0 0 / 55%)";
    context.beginPath();
    context.roundRect(width / 2 - room / 2 - unit, middle - 4 * unit, room + 2 * unit, 8 * unit, 4 * unit);
    context.fill();
    context.fillStyle = "#fff";
    BARS.forEach((share, number) => {
      const tall = unit + 5 * unit * share * level;
      const left = width / 2 - room / 2 + (2 * number + 1) * unit;
      context.beginPath();
      context.roundRect(left, middle - tall / 2, unit, tall, unit / 2);
      context.fill();
    });
  }

  /**
   * @param {number} level  of the voice, 0 to 1
   * @param {boolean} concealed  whether the silhouette is shown whatever is worn
   */
  function draw(level, concealed, nowMs) {
    const { width, height } = canvas;
    const figure = concealed || !photo;
    const loud = Math.round(level * STEPS) / STEPS;
    const turn = Math.floor(((nowMs % BREATH_MS) / BREATH_MS) * BREATHS) / BREATHS;
    const breath = figure ? (1 - Math.cos(2 * Math.PI * turn)) / 2 : 0;
    const wanted = [width, height, figure, loud, breath].join();
    if (wanted === shown) return;
    shown = wanted;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalAlpha = 1;
    context.clearRect(0, 0, width, height);
    if (figure) drawFigure(width, height, breath);
    else drawPhoto(width, height);
    if (!figure || loud > 0) drawMeter(width, height, loud);
  }

  return {
    wear,
    draw,
    /** Something else was drawn here. */
    forget() {
      shown = "";
    },
    close() {
      wear(undefined);
    },
  };
}
