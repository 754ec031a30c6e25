"""What a person sees of avatars, frame by frame."""

from __future__ import annotations

from typing import Final

from tests.support.tab import EACH_DRAWING

# Looks at every place of a selector, once a displayed frame and after the page has drawn:
# canvases of WebGL and WebGPU can be read in the frame in which they were drawn only. In the others
# they go on showing what they showed, which was looked at then.
WATCHING: Final = (
    f"(selector) => {{const eachDrawing = {EACH_DRAWING};"
    """
  const probe = document.createElement("canvas");
  probe.width = 24;
  probe.height = 30;
  const context = probe.getContext("2d", { willReadFrequently: true });
  globalThis.watched = { frames: 0, blank: 0, several: 0, pictures: new Set(), corner: {} };
  const gpu = new WeakSet();
  let drawn = new WeakSet();
  const mark = (type, names) => names.forEach((name) => {
    const real = type.prototype[name];
    type.prototype[name] = function (...given) {
      gpu.add(this.canvas);
      drawn.add(this.canvas);
      return real.apply(this, given);
    };
  });
  mark(WebGL2RenderingContext, ["drawArrays", "drawElements", "drawArraysInstanced"]);
  if (globalThis.GPUCanvasContext) mark(GPUCanvasContext, ["getCurrentTexture"]);
  // One that was not drawn since this began gives no 2D context all the same.
  const isGpu = (canvas) => gpu.has(canvas) || canvas.getContext("2d") === null;
  const look = () => {
    for (const place of document.querySelectorAll(selector)) {
      const seen = [...place.children].filter((canvas) => canvas.checkVisibility({
        visibilityProperty: true,
      }));
      watched.frames += 1;
      if (seen.length > 1) watched.several += 1;
      if (seen.some((canvas) => isGpu(canvas) && !drawn.has(canvas))) continue;
      context.clearRect(0, 0, probe.width, probe.height);
      for (const canvas of seen) context.drawImage(canvas, 0, 0, probe.width, probe.height);
      const { data } = context.getImageData(0, 0, probe.width, probe.height);
      let covered = 0;
      for (let at = 3; at < data.length; at += 4) covered += data[at] > 128;
      // A character fills about half of its place.
      if (covered < 0.2 * probe.width * probe.height) watched.blank += 1;
      watched.pictures.add(data.join());
      watched.corner[place.id] = [...data.slice(0, 3)];
    }
  };
  // What was drawn before, in a frame that nobody looked at or between two, is no longer there.
  const begin = () => { drawn = new WeakSet(); };
  // By then all have drawn, and are known.
  setTimeout(() => requestAnimationFrame(() => eachDrawing(look, begin)), 250);
}"""
)
