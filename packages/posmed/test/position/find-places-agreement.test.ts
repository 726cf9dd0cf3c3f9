import { findComponents, type Mask } from '@prs-med/imaging';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { describeTarget } from '../../src/position/describe-target.js';
import { clearRegions, findPlaces, regionsOfPlace } from '../../src/position/find-places.js';
import { maskOfTruth } from '../../src/position/truth-mask.js';
import * as truth from '../../src/questions/truth.js';
import { goldenZones, hasGoldenZones } from './golden-zones.js';
import { masks } from './masks.js';

/** What is found from facts is what was found from masks. This file goes when questions/truth.ts does. */
function checkAgreement(mask: Mask, paired: boolean): void {
  const { width, height } = mask;
  const target = describeTarget('a', 'lung', mask);
  const scene = { modality: 'x-ray', width, height, targets: [target] };
  const places = findPlaces(scene, target, paired);
  expect(places).toEqual(truth.findPlaces(mask, paired));
  expect(clearRegions(target).length).toBe(truth.countComponents(mask));
  const { zones, emptyZones, sides, emptySides } = places;
  for (const place of [...zones, ...emptyZones, ...sides, ...emptySides]) {
    const regions = regionsOfPlace(scene, target, place);
    const ours = maskOfTruth(
      regions.map(({ id }) => id),
      new Map([['a', mask]]),
      width,
      height,
    );
    const theirs = truth.truthOfPlace(mask, place);
    expect(Buffer.compare(ours.data, theirs.data)).toBe(0);
    expect(regions.length).toBe(findComponents(theirs).length);
  }
}

it('agrees with the places of a mask on made masks', () => {
  fc.assert(
    fc.property(masks, fc.boolean(), (mask, paired) => checkAgreement(mask, paired)),
    { numRuns: 500 },
  );
});

it('agrees with the places of a mask on golden masks', ({ skip }) => {
  skip(!hasGoldenZones, 'the golden values are not beside this checkout');
  goldenZones()
    .filter((_, i) => i % 6 === 0)
    .forEach(({ mask }, i) => void checkAgreement(mask, i % 2 === 0));
});
