import { describe, expect, it } from 'vitest';
import { describeTarget } from '../../src/position/describe-target.js';
import {
  clearRegions,
  findPlaces,
  regionsOfPlace,
  sideOfRegion,
  zoneOfRegions,
  zonesOfPlace,
} from '../../src/position/find-places.js';
import type { ZoneRule } from '../../src/position/zone-rule.js';
import { maskOf, type Rectangle } from '../made-mask.js';

/** A picture of 100 x 100 pixels with one target. */
function sceneOf(rectangles: Rectangle[], rule: ZoneRule = 'box') {
  const target = describeTarget('a', 'lung', maskOf(100, 100, rectangles), { rule });
  return { scene: { modality: 'x-ray', width: 100, height: 100, targets: [target] }, target };
}

const upperLeft: Rectangle = [5, 5, 20, 20];
const upperRight: Rectangle = [70, 8, 20, 20];
const lowerRight: Rectangle = [75, 70, 20, 20];
const speck: Rectangle = [80, 95, 2, 2];
const zones = (...names: string[]) => names.map((zone) => ({ kind: 'zone', zone }));
const side = (name: string) => ({ kind: 'side', side: name });
const half = (name: string) => ({ kind: 'half', half: name });

describe('findPlaces', () => {
  it('finds what one region leaves empty', () => {
    const { scene, target } = sceneOf([upperLeft]);
    expect(findPlaces(scene, target, false)).toEqual({
      count: 1,
      zones: [...zones('top-left'), half('upper')],
      emptyZones: [...zones('top-right', 'bottom-left', 'bottom-right', 'center'), half('lower')],
      sides: [side('left')],
      emptySides: [side('right')],
    });
  });

  it('asks for the sides of a pair only when both show', () => {
    const one = sceneOf([upperLeft]);
    expect(findPlaces(one.scene, one.target, true)).toMatchObject({ sides: [], emptySides: [] });
    const both = sceneOf([upperLeft, upperRight]);
    expect(findPlaces(both.scene, both.target, true).sides).toEqual([side('left'), side('right')]);
  });

  it('does not count specks, asks for none, and calls no place empty that holds one', () => {
    const { scene, target } = sceneOf([upperLeft, speck]);
    expect(target.regions.length).toBe(2);
    expect(clearRegions(target).map(({ id }) => id)).toEqual(['a#1']);
    const places = findPlaces(scene, target, false);
    expect(places.count).toBe(1);
    expect(places.zones).toEqual([...zones('top-left'), half('upper')]);
    expect(places.emptyZones).toEqual(zones('top-right', 'bottom-left', 'center'));
    expect(places.emptySides).toEqual([]);
  });

  it('finds nothing in an empty mask', () => {
    const { scene, target } = sceneOf([]);
    expect(findPlaces(scene, target, false)).toEqual({
      count: 0,
      zones: [],
      emptyZones: [],
      sides: [],
      emptySides: [],
    });
  });

  it('goes by the centroid where the scene does', () => {
    // The box of both lies around the centre, their joint centroid at the left.
    const long: Rectangle = [0, 40, 30, 30];
    const { scene, target } = sceneOf([long, [33, 44, 1, 12]], 'centroid');
    expect(target.regions.map(({ zone }) => zone)).toEqual(['bottom-left', 'center']);
    const lower = [target.regions[0]!];
    expect(zoneOfRegions(scene, lower, 'centroid')).toBe('bottom-left');
    expect(zoneOfRegions(scene, target.regions, 'centroid')).toBe('bottom-left');
    expect(zoneOfRegions(scene, [], 'centroid')).toBeNull();
    expect(findPlaces(scene, target, false, 'centroid').zones).toEqual(zones('bottom-left'));
  });
});

describe('places', () => {
  const { scene, target } = sceneOf([upperLeft, upperRight, lowerRight]);
  const idsOf = (place: Parameters<typeof regionsOfPlace>[2]) =>
    regionsOfPlace(scene, target, place).map(({ id }) => id);

  it('hold regions', () => {
    expect(idsOf({ kind: 'zone', zone: 'top-right' })).toEqual(['a#2']);
    expect(idsOf({ kind: 'half', half: 'upper' })).toEqual(['a#1', 'a#2']);
    expect(idsOf({ kind: 'side', side: 'right' })).toEqual(['a#2', 'a#3']);
    expect(idsOf({ kind: 'zone', zone: 'center' })).toEqual([]);
  });

  it('name zones', () => {
    expect(zonesOfPlace({ kind: 'zone', zone: 'center' })).toEqual(['center']);
    expect(zonesOfPlace({ kind: 'half', half: 'lower' })).toEqual(['bottom-left', 'bottom-right']);
    expect(zonesOfPlace({ kind: 'side', side: 'left' })).toEqual([]);
    expect(zoneOfRegions(scene, target.regions)).toBe('center');
  });

  it('have sides, of which the middle is right', () => {
    expect(sideOfRegion({ centroid: [1, 0] }, 4)).toBe('left');
    expect(sideOfRegion({ centroid: [1.5, 0] }, 4)).toBe('right');
  });
});
