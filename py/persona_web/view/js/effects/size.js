// How many pixels a canvas gets.

/**
 * The size in device pixels of `cssWidth` x `cssHeight`: whole, at least 1, and with its
 * proportions kept where the graphics system has no textures that large.
 */
export function fitSize(cssWidth, cssHeight, ratio, largest) {
  const shrink = Math.min(1, largest / Math.max(1, cssWidth * ratio, cssHeight * ratio));
  const pixels = (length) => Math.max(1, Math.round(length * ratio * shrink));
  return { width: pixels(cssWidth), height: pixels(cssHeight) };
}
