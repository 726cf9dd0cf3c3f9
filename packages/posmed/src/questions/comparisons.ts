import type { Scene, SceneRegion } from '../scene.js';
import { otherSide, type PlaceSpeech } from './position-words.js';

/** In what one region surpasses another. Left and right are sides of the picture. */
export type Comparison = 'larger' | 'smaller' | 'left' | 'right' | 'up' | 'down';

const CLEARLY_LARGER = 1.3;
/** As a share of the picture's side. */
const CLEARLY_APART = 0.15;

/** What one of two regions is and the other is not, without doubt. */
export function comparisonsOf(
  one: SceneRegion,
  other: SceneRegion,
  { width, height }: Scene,
): { comparison: Comparison; region: SceneRegion }[] {
  const found: { comparison: Comparison; region: SceneRegion }[] = [];
  const add = (first: Comparison, second: Comparison, isOne: boolean) => {
    const [yes, no] = isOne ? [one, other] : [other, one];
    found.push({ comparison: first, region: yes }, { comparison: second, region: no });
  };
  if (Math.max(one.area / other.area, other.area / one.area) >= CLEARLY_LARGER) {
    add('larger', 'smaller', one.area > other.area);
  }
  const across = other.centroid[0] - one.centroid[0];
  const down = other.centroid[1] - one.centroid[1];
  if (Math.abs(across) >= CLEARLY_APART * width) add('left', 'right', across > 0);
  if (Math.abs(down) >= CLEARLY_APART * height) add('up', 'down', down > 0);
  return found;
}

/** Fits "is …": "larger", "further to the left in the image". */
export function comparisonWords(comparison: Comparison, { image, laterality, random }: PlaceSpeech): string {
  switch (comparison) {
    case 'larger':
      return random.pick(['larger', 'larger', 'bigger']);
    case 'smaller':
      return 'smaller';
    case 'up':
      return `further up in the ${image}`;
    case 'down':
      return `further down in the ${image}`;
    default:
      return laterality === 'image'
        ? `further to the ${comparison} in the ${image}`
        : `further to the patient's ${otherSide(comparison)}`;
  }
}
