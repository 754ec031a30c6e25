// Shows a model's pictures on a 2D canvas, where there is no GPU to bend them: each as it came.

/** @param {HTMLCanvasElement} canvas  whose size its owner sets */
export function createPicture(canvas, { width, height }) {
  const context = canvas.getContext("2d");
  let picture;

  return {
    /** Takes an ImageBitmap over as the newest picture. */
    take(bitmap) {
      picture?.close();
      picture = bitmap;
    },

    /** Shows the newest picture. */
    draw() {
      if (!picture) return;
      const side = Math.max(canvas.width, canvas.height);
      const left = (canvas.width - side) / 2;
      const top = (canvas.height - side) / 2;
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.drawImage(picture, 0, 0, width, height, left, top, side, side);
    },

    memoryBytes: () => 0,

    close() {
      picture?.close();
      picture = undefined;
    },
  };
}
