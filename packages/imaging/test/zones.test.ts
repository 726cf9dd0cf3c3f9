import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Mask } from '../src/picture.js';
import { describeRegions, type Zone, zoneOfBox } from '../src/zones.js';
import { fixtureJson } from './fixtures.js';

interface Labels {
  zone: string;
  nearCenter: boolean;
  components: string[];
}

/** What the released code says, in its own words, from what ours finds. */
function releasedLabels(mask: Mask): Labels {
  const { zone, nearCenter, regions } = describeRegions(mask);
  if (zone === null) return { zone: 'no mask', nearCenter, components: ['no mask'] };
  const words = regions.map((region) => region.zone.replace('-', ' ') + (region.nearCenter ? ' center' : ''));
  return { zone: zone.replace('-', ' '), nearCenter, components: [words[0]!, words.at(-1)!] };
}

describe('the released rule', () => {
  it('agrees on the masks kept here', () => {
    const kept = fixtureJson<(Labels & { width: number; height: number; bits: string })[]>('zones.json');
    expect(kept.length).toBe(240);
    for (const { width, height, bits, ...labels } of kept) {
      const packed = inflateSync(Buffer.from(bits, 'base64'));
      const data = Uint8Array.from(
        { length: width * height },
        (_, i) => (packed[i >> 3]! >> (7 - (i & 7))) & 1,
      );
      expect(releasedLabels({ width, height, data })).toEqual(labels);
    }
  });

  const golden = fileURLToPath(new URL('../../../../shared/golden/', import.meta.url));
  it('agrees on all 1,800 golden masks', ({ skip }) => {
    skip(!existsSync(`${golden}zones.json`), 'the golden values are not beside this checkout');
    interface GoldenLabels {
      zone: string;
      near_center: boolean;
      first_and_last_component: string[];
    }
    const sets = JSON.parse(readFileSync(`${golden}zones.json`, 'utf8')) as {
      tensor: string;
      labels: GoldenLabels[];
    }[];
    const tensors = readTensors(readFileSync(`${golden}zones.safetensors`));
    let masks = 0;
    for (const { tensor, labels } of sets) {
      const { shape, bytes } = tensors[tensor]!;
      const [, height, width] = shape as [number, number, number];
      labels.forEach((label, i) => {
        const data = bytes.subarray(i * width * height, (i + 1) * width * height);
        expect(releasedLabels({ width, height, data }), `${tensor} ${i}`).toEqual({
          zone: label.zone,
          nearCenter: label.near_center,
          components: label.first_and_last_component,
        });
        masks++;
      });
    }
    expect(masks).toBe(1800);
  });
});

describe('zoneOfBox', () => {
  it('is the flipped zone for a flipped box, where no middle pixel is shared', () => {
    const odd = fc.integer({ min: 1, max: 60 }).map((n) => n * 2 + 1);
    const boxes = fc.tuple(odd, odd).chain(([width, height]) =>
      fc.tuple(fc.nat(width - 1), fc.nat(height - 1)).chain(([x, y]) =>
        fc.record({
          width: fc.constant(width),
          height: fc.constant(height),
          box: fc.tuple(
            fc.constant(x),
            fc.constant(y),
            // Odd, so that the box has a middle pixel, which rounding leaves alone.
            fc.integer({ min: 0, max: Math.floor((width - x - 1) / 2) }).map((n) => n * 2 + 1),
            fc.integer({ min: 0, max: Math.floor((height - y - 1) / 2) }).map((n) => n * 2 + 1),
          ),
        }),
      ),
    );
    const swap = (zone: Zone, a: string, b: string) =>
      zone.includes(a) ? zone.replace(a, b) : zone.replace(b, a);
    fc.assert(
      fc.property(boxes, ({ width, height, box }) => {
        const [x, y, w, h] = box;
        // The centre's own column and row belong to right and bottom: the one asymmetry of the rule.
        fc.pre(2 * x + w !== width && 2 * y + h !== height);
        const { zone, nearCenter } = zoneOfBox(box, width, height);
        expect(zoneOfBox([width - x - w, y, w, h], width, height)).toEqual({
          zone: swap(zone, 'left', 'right'),
          nearCenter,
        });
        expect(zoneOfBox([x, height - y - h, w, h], width, height)).toEqual({
          zone: swap(zone, 'top', 'bottom'),
          nearCenter,
        });
      }),
    );
  });

  it('takes the centre row and column as bottom and right', () => {
    expect(zoneOfBox([32, 10, 1, 1], 64, 64).zone).toBe('top-right');
    expect(zoneOfBox([31, 32, 1, 1], 64, 64).zone).toBe('bottom-left');
    expect(zoneOfBox([32, 32, 1, 1], 64, 64)).toEqual({ zone: 'center', nearCenter: true });
  });
});

describe('describeRegions', () => {
  it('describes an empty mask', () => {
    expect(describeRegions({ width: 5, height: 4, data: new Uint8Array(20) })).toEqual({
      zone: null,
      nearCenter: false,
      box: null,
      centroid: null,
      areaFraction: 0,
      regions: [],
    });
  });

  it('leaves out small components where asked', () => {
    const mask: Mask = { width: 20, height: 10, data: new Uint8Array(200) };
    for (const i of [0, 1, 20, 21, 199]) mask.data[i] = 1;
    const all = describeRegions(mask);
    expect(all).toMatchObject({ zone: 'center', box: [0, 0, 20, 10], areaFraction: 5 / 200 });
    expect(all.regions.map(({ zone }) => zone)).toEqual(['top-left', 'bottom-right']);
    const large = describeRegions(mask, { minimumAreaFraction: 0.01 });
    expect(large).toMatchObject({
      zone: 'top-left',
      box: [0, 0, 2, 2],
      centroid: [0.5, 0.5],
      areaFraction: 0.02,
    });
    expect(large.regions).toHaveLength(1);
  });
});

function readTensors(file: Buffer): Record<string, { shape: number[]; bytes: Uint8Array }> {
  const headerLength = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString('utf8', 8, 8 + headerLength)) as Record<
    string,
    { shape: number[]; data_offsets: [number, number] }
  >;
  const body = file.subarray(8 + headerLength);
  return Object.fromEntries(
    Object.entries(header).map(([name, { shape, data_offsets }]) => [
      name,
      { shape, bytes: body.subarray(...data_offsets) },
    ]),
  );
}
