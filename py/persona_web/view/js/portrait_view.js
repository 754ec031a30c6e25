// How a photo is laid into a scene of another shape.

/**
 * The photo fills the scene as far as the head stays whole; what is left over shows the blurred
 * surroundings. `model.look` ends with the head's box in the photo: left, top, right, bottom.
 *
 * @returns {{map: Float32Array, spare: Float32Array}} picture to clip space (y up): scale x, y,
 *   offset x, y; and 1 for each of width and height in which the scene exceeds the photo
 */
export function fitPhoto({ width, height, look }, sceneWidth, sceneHeight) {
  const [left, top, right, bottom] = look.subarray(28, 32);
  const cover = Math.max(sceneWidth / width, sceneHeight / height);
  const whole = Math.min(sceneWidth / (right - left), sceneHeight / (bottom - top));
  const contain = Math.min(sceneWidth / width, sceneHeight / height);
  const scale = Math.max(contain, Math.min(cover, whole));
  // Where there is more photo than scene, the head is brought to the middle; where there is less,
  // the photo stands on the scene's floor, as shoulders do.
  const place = (scene, photo, middle, rest) => {
    const spare = photo * scale - scene;
    if (spare <= 0) return -spare * rest;
    return -Math.min(Math.max(middle * scale - scene / 2, 0), spare);
  };
  const x = place(sceneWidth, width, (left + right) / 2, 0.5);
  const y = place(sceneHeight, height, (top + bottom) / 2, 1);
  const map = new Float32Array([
    (2 * scale) / sceneWidth, (-2 * scale) / sceneHeight,
    (2 * x) / sceneWidth - 1, 1 - (2 * y) / sceneHeight,
  ]);
  const exceeds = [sceneWidth - width * scale, sceneHeight - height * scale];
  return { map, spare: new Float32Array(exceeds.map((spare) => (spare > 1 ? 1 : 0))) };
}
