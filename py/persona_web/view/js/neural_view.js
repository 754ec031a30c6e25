// How a model's square picture is laid into a scene.

/**
 * The square fills the scene; what is too much is cut off alike on both sides.
 *
 * @returns {number[]} from units of the square (x right, y down, 0..1) to clip space (y up):
 *   scale x, y, offset x, y
 */
export function fillScene(width, height) {
  const side = Math.max(width, height);
  return [(2 * side) / width, (-2 * side) / height, -side / width, side / height];
}
