// Encoded images, and frames of the camera, as bitmaps and as numbers.

/**
 * @param {Uint8Array} bytes
 * @param {string} type  media type
 * @returns {Promise<ImageBitmap>} upright, its colours as sRGB; rejects for what is no image
 */
export function decode(bytes, type) {
  return createImageBitmap(new Blob([bytes], { type }), { premultiplyAlpha: "none" });
}

/** The pixels of a bitmap: a Uint8ClampedArray, four a pixel. */
export function readPixels(bitmap) {
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height).data;
}
