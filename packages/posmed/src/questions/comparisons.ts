import { turnSide } from '../position/laterality.js';
import { type RegionRelation, relateRegions } from '../position/relate-regions.js';
import type { SceneRegion } from '../scene.js';
import type { PlaceSpeech } from './position-words.js';

/** In what one region surpasses another. Left and right are sides of the picture. */
export type Comparison = NonNullable<RegionRelation['across' | 'down' | 'size']>;

/** What one of two regions is and the other is not, without doubt. */
export function comparisonsOf(
  one: SceneRegion,
  other: SceneRegion,
): { comparison: Comparison; region: SceneRegion }[] {
  const directions = [
    { region: one, relation: relateRegions(one, other) },
    { region: other, relation: relateRegions(other, one) },
  ];
  return directions.flatMap(({ region, relation: { across, down, size } }) =>
    [across, down, size].flatMap((comparison) => (comparison ? [{ comparison, region }] : [])),
  );
}

/** Fits "is …": "larger", "further to the left in the image". */
export function comparisonWords(comparison: Comparison, { image, laterality, random }: PlaceSpeech): string {
  switch (comparison) {
    case 'larger':
      return random.pick(['larger', 'larger', 'bigger']);
    case 'smaller':
      return 'smaller';
    case 'above':
      return `further up in the ${image}`;
    case 'below':
      return `further down in the ${image}`;
    default: {
      const side = comparison === 'left of' ? 'left' : 'right';
      return laterality === 'image'
        ? `further to the ${side} in the ${image}`
        : `further to the patient's ${turnSide(side)}`;
    }
  }
}
