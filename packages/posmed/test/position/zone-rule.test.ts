import type { Point, Zone } from '@prs-med/imaging';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { zoneByRule, zoneOfCentroid } from '../../src/position/zone-rule.js';

describe('zoneOfCentroid', () => {
  it.each<[Point, Zone, boolean]>([
    [[149.5, 99.5], 'center', true],
    // The middle cell goes from a third to two thirds of each side.
    [[99.5, 66.17], 'center', true],
    // On the middle row, hence bottom.
    [[99.4, 99.5], 'bottom-left', true],
    [[149.5, 66.1], 'top-right', true],
    [[199.6, 130], 'bottom-right', true],
    [[90, 140], 'bottom-left', false],
    [[0, 0], 'top-left', false],
    [[299, 0], 'top-right', false],
  ])('of %j in 300 x 200 pixels is %s', (centroid, zone, nearCenter) => {
    expect(zoneOfCentroid(centroid, 300, 200)).toEqual({ zone, nearCenter });
  });

  it('is the flipped zone for a flipped point, off the middle lines', () => {
    const points = fc.record({
      width: fc.integer({ min: 1, max: 500 }),
      height: fc.integer({ min: 1, max: 500 }),
      across: fc.double({ min: 0, max: 1, noNaN: true }),
      down: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(points, ({ width, height, across, down }) => {
        const [x, y] = [Math.round(across * (width - 1)), Math.round(down * (height - 1))];
        fc.pre(2 * x !== width - 1 && 2 * y !== height - 1);
        const { zone, nearCenter } = zoneOfCentroid([x, y], width, height);
        const swapped = zone.includes('left') ? zone.replace('left', 'right') : zone.replace('right', 'left');
        expect(zoneOfCentroid([width - 1 - x, y], width, height)).toEqual({ zone: swapped, nearCenter });
        const turned = zone.includes('top') ? zone.replace('top', 'bottom') : zone.replace('bottom', 'top');
        expect(zoneOfCentroid([x, height - 1 - y], width, height)).toEqual({ zone: turned, nearCenter });
      }),
    );
  });

  it('differs from the rule of the box for what is spread out', () => {
    // A long thing from one end to the middle and a little over: its box holds the centre, its centroid is far off.
    const extent = {
      area: 40,
      box: [0, 40, 60, 20] as [number, number, number, number],
      centroid: [20, 49] as Point,
    };
    expect(zoneByRule('box', extent, 100, 100).zone).toBe('center');
    expect(zoneByRule('centroid', extent, 100, 100).zone).toBe('top-left');
  });
});
