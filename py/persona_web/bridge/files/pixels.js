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
