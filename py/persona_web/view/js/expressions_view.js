// Which patches of a set a frame wants, as its uniforms say.

import { SHARES } from "./portrait_layout.js";

// Regions, as persona_core.portrait.expressions.expression.Region.
export const FACE = 0, MOUTH = 1, EYES = [2, 3];
const SEEN = 0.02; // of a region: less is not worth a draw call
const HIDES = 0.995;
const PLACES = 3;

/** How much of a region is drawn from patches, 0 to 1. */
function shareOf(values, region) {
  const start = 4 * SHARES + 8 * region;
  let share = 0;
  for (let at = start; at < start + 2 * PLACES; at += 2) if (values[at] >= 0) share += values[at + 1];
  return share;
}

/**
 * The patches that a region is drawn from, one for each of the three places; where a place is not
 * used, another's stands in for it.
 *
 * @param {object[][]} expressions  of each, its patches by region
 * @param {Float32Array} values  PortraitRig.pose
 * @param {object[]} picked  to be filled
 * @returns {object[] | undefined} `picked`; nothing where the region is the portrait's own
 */
export function pickPatches(expressions, values, region, picked = []) {
  if (shareOf(values, region) < SEEN) return undefined;
  const start = 4 * SHARES + 8 * region;
  picked.length = 0;
  let any;
  for (let place = 0; place < PLACES; place += 1) {
    const number = values[start + 2 * place];
    if (number < 0 || values[start + 2 * place + 1] <= 0) continue;
    picked[place] = any = expressions[number]?.[region];
    if (!any) return undefined;
  }
  for (let place = 0; place < PLACES; place += 1) picked[place] ??= any;
  return picked;
}

/** How much of each region is really drawn from patches, in the regions' order. */
function shownShares(expressions, values) {
  return [FACE, MOUTH, ...EYES].map((region) =>
    pickPatches(expressions, values, region) ? shareOf(values, region) : 0);
}

/** Whether nothing is seen of what lies beneath a region's opening. */
function isHidden(expressions, values, region) {
  if (shareOf(values, region) < HIDES) return false;
  return pickPatches(expressions, values, region)?.every(({ whole }) => whole) ?? false;
}

/**
 * What a frame's uniforms say of the portrait beneath a set, for whoever draws that.
 *
 * @param {object[][]} expressions  as of `pickPatches`; more may join
 */
export function coverage(expressions) {
  return {
    hidesEyes: (values) => EYES.every((eye) => isHidden(expressions, values, eye)),
    hidesMouth: (values) => isHidden(expressions, values, MOUTH),
    shares: (values) => shownShares(expressions, values),
  };
}
