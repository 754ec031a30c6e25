// Whether pictures can be read here at all. Workers that look at pictures ask; imported by nobody
// else.

const SIDE = 8;
const COLOUR = [40, 120, 200];
const MOST_OFF = 32; // of 255, in the mean: some browsers blur what is read a little, which does no harm

const hasWebGL = () => {
  const canvas = new OffscreenCanvas(1, 1);
  return Boolean(canvas.getContext("webgl2") ?? canvas.getContext("webgl"));
};

/** Whether the browser gives other pixels than were drawn, against being recognised by them. */
function isScrambled() {
  const context = new OffscreenCanvas(SIDE, SIDE).getContext("2d", { willReadFrequently: true });
  context.fillStyle = `rgb(${COLOUR})`;
  context.fillRect(0, 0, SIDE, SIDE);
  const { data } = context.getImageData(0, 0, SIDE, SIDE);
  let off = 0;
  for (let at = 0; at < data.length; at += 4) {
    COLOUR.forEach((value, channel) => (off += Math.abs(data[at + channel] - value)));
  }
  return off / (3 * SIDE * SIDE) > MOST_OFF;
}

/** Why no face would ever be found: "scrambled", or "" where nothing stands in the way. */
export const hindrance = () => (isScrambled() ? "scrambled" : "");

/** The kind of a failure that came up all the same: "no-webgl", which MediaPipe takes pictures in
 * by, or "failed". */
export const causeOf = () => (hasWebGL() ? "failed" : "no-webgl");
