import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  dropSmallComponents,
  findComponents,
  keepComponents,
  labelComponents,
  largestComponent,
} from '../src/components.js';
import { type Mask, maskArea } from '../src/picture.js';

export function drawn(...rows: string[]): Mask {
  const data = Uint8Array.from(rows.join(''), (c) => (c === '#' ? 1 : 0));
  return { width: rows[0]!.length, height: rows.length, data };
}

const masks = fc
  .tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 9 }))
  .chain(([width, height, share]) =>
    fc
      .array(fc.integer({ min: 0, max: 9 }), { minLength: width * height, maxLength: width * height })
      .map((values): Mask => ({ width, height, data: Uint8Array.from(values, (v) => (v < share ? 1 : 0)) })),
  );

/** Flood filling, the plain way. */
function floodFill(mask: Mask): Int32Array {
  const labels = new Int32Array(mask.data.length);
  let count = 0;
  for (let seed = 0; seed < labels.length; seed++) {
    if (mask.data[seed] === 0 || labels[seed] !== 0) continue;
    labels[seed] = ++count;
    const open = [seed];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      const [x, y] = [at % mask.width, Math.floor(at / mask.width)];
      for (let ny = Math.max(0, y - 1); ny <= Math.min(mask.height - 1, y + 1); ny++) {
        for (let nx = Math.max(0, x - 1); nx <= Math.min(mask.width - 1, x + 1); nx++) {
          const next = ny * mask.width + nx;
          if (mask.data[next] === 0 || labels[next] !== 0) continue;
          labels[next] = count;
          open.push(next);
        }
      }
    }
  }
  return labels;
}

describe('labelComponents', () => {
  it('joins over corners', () => {
    expect(labelComponents(drawn('#..', '.#.', '..#')).count).toBe(1);
    expect(labelComponents(drawn('..#', '.#.', '#..')).count).toBe(1);
  });

  it('joins the arms of a U and of a comb that meet only below', () => {
    expect(labelComponents(drawn('#.#.#', '#.#.#', '#####')).count).toBe(1);
    expect(labelComponents(drawn('#...#', '#.#.#', '.#.#.')).count).toBe(1);
  });

  it('numbers by blocks of 2 x 2 pixels, as OpenCV does', () => {
    const { labels } = labelComponents(drawn('....#', '#....'));
    expect([labels[5], labels[4]]).toEqual([1, 2]);
  });

  it('partitions the mask as flood filling does', () => {
    fc.assert(
      fc.property(masks, (mask) => {
        const { count, labels } = labelComponents(mask);
        const flooded = floodFill(mask);
        const pairs = new Set(Array.from(labels, (label, i) => `${label} ${flooded[i]}`));
        pairs.delete('0 0');
        expect(pairs.size).toBe(count);
        expect(Math.max(0, ...flooded)).toBe(count);
        expect(labels.every((label, i) => (label !== 0) === (mask.data[i] !== 0))).toBe(true);
      }),
    );
  });
});

describe('findComponents', () => {
  it('measures each component as its pixels say', () => {
    fc.assert(
      fc.property(masks, (mask) => {
        const { labels } = labelComponents(mask);
        for (const { label, area, box, centroid } of findComponents(mask)) {
          const xs: number[] = [];
          const ys: number[] = [];
          labels.forEach((value, i) => {
            if (value !== label) return;
            xs.push(i % mask.width);
            ys.push(Math.floor(i / mask.width));
          });
          const [left, top] = [Math.min(...xs), Math.min(...ys)];
          expect(area).toBe(xs.length);
          expect(box).toEqual([left, top, Math.max(...xs) - left + 1, Math.max(...ys) - top + 1]);
          expect(centroid[0]).toBeCloseTo(xs.reduce((a, b) => a + b) / area, 9);
          expect(centroid[1]).toBeCloseTo(ys.reduce((a, b) => a + b) / area, 9);
        }
      }),
    );
  });

  it('sums to the mask', () => {
    fc.assert(
      fc.property(masks, (mask) => {
        const total = findComponents(mask).reduce((sum, { area }) => sum + area, 0);
        expect(total).toBe(maskArea(mask));
      }),
    );
  });
});

describe('choosing components', () => {
  const mask = drawn('##...', '##..#', '....#', '#....');

  it('keeps the largest', () => {
    expect(largestComponent(mask)).toEqual(drawn('##...', '##...', '.....', '.....'));
    expect(largestComponent(drawn('...'))).toEqual(drawn('...'));
  });

  it('drops the small', () => {
    expect(dropSmallComponents(mask, 0.1)).toEqual(drawn('##...', '##..#', '....#', '.....'));
    expect(dropSmallComponents(mask, 0)).toEqual(mask);
  });

  it('keeps what is asked for', () => {
    expect(keepComponents(mask, ({ centroid }) => centroid[0] > 2)).toEqual(
      drawn('.....', '....#', '....#', '.....'),
    );
  });
});
