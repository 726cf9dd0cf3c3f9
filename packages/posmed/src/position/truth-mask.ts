import { labelComponents, type Mask } from '@prs-med/imaging';

/**
 * The mask of what is right: the union of the targets (`id`) and regions (`id#1` for the first of `labelComponents`)
 * that it names; an empty mask where it names none.
 * @param masks of the picture's targets, by id
 * @param width of the picture in pixels
 * @param height of the picture in pixels
 * @throws RangeError that names the ids that no mask has, or the mask of another size
 */
export function maskOfTruth(
  truth: readonly string[],
  masks: ReadonlyMap<string, Mask>,
  width: number,
  height: number,
): Mask {
  const data = new Uint8Array(width * height);
  const regions = new Map<string, Set<number>>();
  const unknown: string[] = [];
  for (const id of truth) {
    const whole = masks.get(id);
    if (whole) {
      addPixels(data, checked(id, whole, width, height).data, (value) => value !== 0);
      continue;
    }
    const [, target, number] = /^(.*)#([1-9]\d*)$/s.exec(id) ?? [];
    if (target === undefined || !masks.has(target)) unknown.push(id);
    else regions.set(target, (regions.get(target) ?? new Set()).add(Number(number)));
  }
  for (const [target, numbers] of regions) {
    const { count, labels } = labelComponents(checked(target, masks.get(target)!, width, height));
    for (const number of numbers) if (number > count) unknown.push(`${target}#${number}`);
    addPixels(data, labels, (label) => numbers.has(label));
  }
  if (unknown.length > 0) {
    throw new RangeError(
      `truth: the picture has no target or region ${unknown.join(', ')}; name those that its masks have`,
    );
  }
  return { width, height, data };
}

function checked(id: string, mask: Mask, width: number, height: number): Mask {
  if (mask.width === width && mask.height === height) return mask;
  throw new RangeError(
    `target ${id}: its mask has ${mask.width} x ${mask.height} pixels and its picture ${width} x ${height}; give the mask of this picture`,
  );
}

function addPixels(data: Uint8Array, values: ArrayLike<number>, isInside: (value: number) => boolean): void {
  for (let i = 0; i < data.length; i++) if (isInside(values[i]!)) data[i] = 1;
}
