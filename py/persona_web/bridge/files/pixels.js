// Pixels that Python worked out, as encoded images.

/**
 * @param {Uint8Array} rgba  4 * width * height numbers
 * @returns {Promise<Uint8Array>} a WebP where the browser writes it, else a JPEG
 */
export async function encodePixels(rgba, width, height, quality) {
  const canvas = new OffscreenCanvas(width, height);
  const image = new ImageData(new Uint8ClampedArray(rgba), width, height);
  canvas.getContext("2d").putImageData(image, 0, 0);
  let blob = await canvas.convertToBlob({ type: "image/webp", quality });
  if (blob.type !== "image/webp") blob = await canvas.convertToBlob({ type: "image/jpeg", quality });
  return new Uint8Array(await blob.arrayBuffer());
}

/** The middle of a bitmap as a JPEG of a size and its shape: a Uint8Array. */
export async function encodeBitmap(bitmap, width, height, quality) {
  const zoom = Math.max(width / bitmap.width, height / bitmap.height);
  const [across, down] = [bitmap.width * zoom, bitmap.height * zoom];
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d").drawImage(bitmap, (width - across) / 2, (height - down) / 2, across, down);
  const blob = await canvas.convertToBlob({ type: "image/jpeg", quality });
  return new Uint8Array(await blob.arrayBuffer());
}
