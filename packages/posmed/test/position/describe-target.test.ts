import { describeRegions, labelComponents, zoneOfComponent } from '@prs-med/imaging';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeTarget } from '../../src/position/describe-target.js';
import { zoneOfCentroid } from '../../src/position/zone-rule.js';
import { maskOf } from '../made-mask.js';
import { goldenZones, hasGoldenZones } from './golden-zones.js';
import { masks } from './masks.js';

describe('describeTarget', () => {
  it('agrees with the released code on all 1,800 golden masks', ({ skip }) => {
    skip(!hasGoldenZones, 'the golden values are not beside this checkout');
    const golden = goldenZones();
    expect(golden.length).toBe(1800);
    for (const { name, mask, zone, near_center, first_and_last_component } of golden) {
      const target = describeTarget('a', 'polyp', mask);
      const words = target.regions.map(({ box, centroid }) => {
        const placed = zoneOfComponent(box, centroid, mask.width, mask.height);
        return placed.zone.replace('-', ' ') + (placed.nearCenter ? ' center' : '');
      });
      expect(
        {
          zone: target.zone?.replace('-', ' ') ?? 'no mask',
          near_center: target.nearCenter,
          first_and_last_component: words.length > 0 ? [words[0], words.at(-1)] : ['no mask'],
        },
        name,
      ).toEqual({ zone, near_center, first_and_last_component });
    }
  });

  it('describes two rectangles', () => {
    const mask = maskOf(20, 10, [
      [1, 1, 4, 2],
      [15, 6, 5, 4],
    ]);
    expect(describeTarget('scan:lung', 'lung', mask)).toEqual({
      id: 'scan:lung',
      target: 'lung',
      area: 28,
      box: [1, 1, 19, 9],
      zone: 'center',
      nearCenter: true,
      quarters: { 'top-left': 8 / 28, 'top-right': 0, 'bottom-left': 0, 'bottom-right': 20 / 28 },
      regions: [
        {
          id: 'scan:lung#1',
          area: 8,
          box: [1, 1, 4, 2],
          centroid: [2.5, 1.5],
          zone: 'top-left',
          nearCenter: false,
        },
        {
          id: 'scan:lung#2',
          area: 20,
          box: [15, 6, 5, 4],
          centroid: [17, 7.5],
          zone: 'bottom-right',
          nearCenter: false,
        },
      ],
    });
  });

  it('describes an empty mask', () => {
    expect(describeTarget('a', 'polyp', maskOf(5, 4, []))).toEqual({
      id: 'a',
      target: 'polyp',
      area: 0,
      box: null,
      zone: null,
      nearCenter: false,
      quarters: { 'top-left': 0, 'top-right': 0, 'bottom-left': 0, 'bottom-right': 0 },
      regions: [],
    });
  });

  it('counts what is there, by the number and pixel by pixel', () => {
    fc.assert(
      fc.property(masks, (mask) => {
        const target = describeTarget('a', 'polyp', mask);
        const { labels, count } = labelComponents(mask);
        const areas = new Array<number>(count + 1).fill(0);
        const quarters = { 'top-left': 0, 'top-right': 0, 'bottom-left': 0, 'bottom-right': 0 };
        labels.forEach((label, i) => {
          areas[label]!++;
          const isTop = Math.floor(i / mask.width) < mask.height / 2;
          const isLeft = i % mask.width < mask.width / 2;
          if (label > 0) quarters[`${isTop ? 'top' : 'bottom'}-${isLeft ? 'left' : 'right'}`]++;
        });
        expect(target.regions.map(({ area }) => area)).toEqual(areas.slice(1));
        expect(target.regions.map(({ id }) => id)).toEqual(target.regions.map((_, i) => `a#${i + 1}`));
        expect(target.area).toBe(areas.slice(1).reduce((sum, area) => sum + area, 0));
        for (const [zone, pixels] of Object.entries(quarters)) {
          const share = target.quarters[zone as keyof typeof quarters];
          expect(share).toBe(target.area === 0 ? 0 : pixels / target.area);
        }
        const { box, zone, nearCenter } = describeRegions(mask);
        expect(target).toMatchObject({ box, zone, nearCenter });
      }),
    );
  });

  it('goes by the centroid where asked, whole and regions', () => {
    fc.assert(
      fc.property(masks, (mask) => {
        const target = describeTarget('a', 'polyp', mask, { rule: 'centroid' });
        const whole = describeRegions(mask).centroid;
        const { width, height } = mask;
        if (whole) expect(target).toMatchObject(zoneOfCentroid(whole, width, height));
        else expect(target.zone).toBeNull();
        for (const region of target.regions) {
          expect(region).toMatchObject(zoneOfCentroid(region.centroid, width, height));
        }
      }),
    );
  });
});
