// All that is seen of a call on one canvas: what lies on the stage, at its places.

/**
 * @param {HTMLElement} stage  holds the canvases, some of them hidden
 * @param {HTMLCanvasElement} canvas  takes the stage's shape
 * @param {number} side  of its longer side, in pixels
 */
export function createComposition(stage, canvas, side) {
  const context = canvas.getContext("2d", { alpha: false });
  let shape = "";

  /** Follows the stage's shape; even numbers, because video wants them. */
  function fit({ width, height }) {
    const now = `${width}x${height}`;
    if (now === shape || !width || !height) return;
    shape = now;
    const scale = side / Math.max(width, height);
    canvas.width = 2 * Math.round((width * scale) / 2);
    canvas.height = 2 * Math.round((height * scale) / 2);
  }

  function paintGround() {
    const style = getComputedStyle(stage);
    const ground = context.createLinearGradient(0, 0, 0, canvas.height);
    ground.addColorStop(0, style.getPropertyValue("--stage-near"));
    ground.addColorStop(1, style.getPropertyValue("--stage-far"));
    context.fillStyle = ground;
    context.fillRect(0, 0, canvas.width, canvas.height);
  }

  return {
    canvas,

    /** Takes the picture of now. To be called where the canvases have just been drawn: those of a
     * graphics API can be read at no other time. */
    draw() {
      const whole = stage.getBoundingClientRect();
      fit(whole);
      if (!shape) return;
      paintGround();
      const scale = canvas.width / whole.width;
      for (const part of stage.querySelectorAll("canvas")) {
        if (!part.width || !part.height || part.style.visibility === "hidden") continue;
        const { left, top, width, height } = part.getBoundingClientRect();
        if (!width || !height) continue;
        context.drawImage(
          part, (left - whole.left) * scale, (top - whole.top) * scale, width * scale, height * scale,
        );
      }
    },
  };
}
