// A small line graph: the newest values at the right, older ones to the left.

const LINE = 2;

/**
 * A graph on `canvas`. Its colours are the canvas's custom properties `--graph-first`,
 * `--graph-second` and `--graph-grid`, read anew whenever it is resized or the colour scheme
 * changes.
 */
export function createGraph(canvas) {
  const context = canvas.getContext("2d");
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  let colours = [];
  let ratio = 1;
  let shown = null; // what was drawn last: drawn again where the canvas takes another size

  function fit() {
    ratio = devicePixelRatio;
    canvas.width = Math.max(1, Math.round(canvas.clientWidth * ratio));
    canvas.height = Math.max(1, Math.round(canvas.clientHeight * ratio));
    const style = getComputedStyle(canvas);
    colours = ["first", "second", "grid"].map((name) => style.getPropertyValue(`--graph-${name}`));
    if (shown) draw(...shown);
  }

  function line(values, from, count, top, colour, dash) {
    const step = canvas.width / Math.max(count - 1, 1);
    const usable = canvas.height - 2 * LINE * ratio;
    context.beginPath();
    for (let i = 0; i < count; i++) {
      const share = Math.min(values[from + i] / top, 1);
      context.lineTo(i * step, LINE * ratio + (1 - share) * usable);
    }
    context.strokeStyle = colour;
    context.lineWidth = LINE * ratio;
    context.setLineDash(dash.map((length) => length * ratio));
    context.stroke();
  }

  /**
   * Draws two lines anew.
   *
   * @param {Float32Array} values first line, then second, of the same length, oldest first
   * @param {number} firstTop the value at the upper edge for the first line
   * @param {number} secondTop the same for the second
   * @param {number} mark a value of the first line at which there is a thin line across
   */
  function draw(values, firstTop, secondTop, mark) {
    shown = [values, firstTop, secondTop, mark];
    const count = values.length / 2;
    const [first, second, grid] = colours;
    context.clearRect(0, 0, canvas.width, canvas.height);
    const y = Math.round(canvas.height * (1 - mark / firstTop));
    context.fillStyle = grid;
    context.fillRect(0, y, canvas.width, Math.max(1, Math.round(ratio)));
    line(values, count, count, secondTop, second, [4, 3]);
    line(values, 0, count, firstTop, first, []);
  }

  new ResizeObserver(fit).observe(canvas);
  scheme.addEventListener("change", fit);
  fit();

  return { draw };
}
