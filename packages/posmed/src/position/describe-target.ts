import { type Box, findComponents, type Mask } from '@prs-med/imaging';
import type { SceneTarget } from '../scene.js';
import { joinFootprints, type ZoneRule, zoneByRule } from './zone-rule.js';

/**
 * What is known of a target from its mask: area, box, zone, its share in each quarter of the picture, and the same of
 * each connected component.
 * @param id of the target; its regions are `id#1`, `id#2` and so on, in the order of `labelComponents`
 * @param target its name: "polyp", "lung"
 * @param mask any value but 0 is the target
 * @param options.rule for the zones of the whole and of the regions; `box`, the released rule, by default
 * @throws RangeError when the data do not fill the mask's size
 */
export function describeTarget(
  id: string,
  target: string,
  mask: Mask,
  options: { rule?: ZoneRule } = {},
): SceneTarget {
  const { width, height } = mask;
  const { rule = 'box' } = options;
  const components = findComponents(mask);
  const whole = joinFootprints(components);
  return {
    id,
    target,
    area: whole?.area ?? 0,
    box: whole?.box ?? null,
    ...(whole ? zoneByRule(rule, whole, width, height) : { zone: null, nearCenter: false }),
    quarters: whole ? quarterShares(mask, whole.box, whole.area) : NO_QUARTERS,
    regions: components.map((component) => ({
      id: `${id}#${component.label}`,
      area: component.area,
      box: component.box,
      centroid: component.centroid,
      ...zoneByRule(rule, component, width, height),
    })),
  };
}

const NO_QUARTERS: SceneTarget['quarters'] = {
  'top-left': 0,
  'top-right': 0,
  'bottom-left': 0,
  'bottom-right': 0,
};

/** The top half are the rows below half the height, the left half the columns below half the width. */
function quarterShares(mask: Mask, [left, top, across, down]: Box, area: number): SceneTarget['quarters'] {
  const right = left + across;
  const bottom = top + down;
  const middleX = Math.min(right, Math.max(left, Math.ceil(mask.width / 2)));
  const middleY = Math.min(bottom, Math.max(top, Math.ceil(mask.height / 2)));
  const share = (x0: number, x1: number, y0: number, y1: number) => countPixels(mask, x0, x1, y0, y1) / area;
  return {
    'top-left': share(left, middleX, top, middleY),
    'top-right': share(middleX, right, top, middleY),
    'bottom-left': share(left, middleX, middleY, bottom),
    'bottom-right': share(middleX, right, middleY, bottom),
  };
}

function countPixels(
  { width, data }: Mask,
  left: number,
  right: number,
  top: number,
  bottom: number,
): number {
  let count = 0;
  for (let y = top; y < bottom; y++) {
    const end = y * width + right;
    for (let at = y * width + left; at < end; at++) if (data[at] !== 0) count++;
  }
  return count;
}
