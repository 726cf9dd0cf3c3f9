import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Picture } from '@prs-med/imaging';
import { readPicture } from '@prs-med/imaging/node';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  hashDistance,
  NEAR_DUPLICATE_BITS,
  NEAR_DUPLICATE_CORRELATION,
  pairsWithin,
  thumbnailCorrelation,
} from '../../src/dataset/near-duplicates.js';
import { greyThumbnail, perceptualHash } from '../../src/dataset/perceptual-hash.js';

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

async function look(name: string): Promise<{ hash: string; thumbnail: Uint8Array }> {
  const { picture } = await readPicture(fixture(name));
  const thumbnail = greyThumbnail(picture);
  return { hash: perceptualHash(thumbnail), thumbnail };
}

const painted = (width: number, height: number, grey: (x: number, y: number) => number): Picture => ({
  width,
  height,
  data: Uint8Array.from({ length: 3 * width * height }, (_, i) => {
    const pixel = Math.floor(i / 3);
    return grey(pixel % width, Math.floor(pixel / width));
  }),
});

/** Copies of `scan.png` that other programs made. */
const COPIES = [
  'scan-jpeg-30.jpg',
  'scan-half.png',
  'scan-larger.jpg',
  'scan-brighter.png',
  'scan-fainter.png',
  'scan-colour.png',
];

describe('the perceptual hash', () => {
  it('is the one that NumPy computes', async () => {
    const expected: Record<string, string> = JSON.parse(await readFile(fixture('hashes.json'), 'utf8'));
    expect(Object.keys(expected)).toEqual(expect.arrayContaining(['scan.png', 'other.png', ...COPIES]));
    for (const [name, hash] of Object.entries(expected))
      expect([name, (await look(name)).hash]).toEqual([name, hash]);
  });

  it.each(COPIES)('and the thumbnail stay alike in %s', async (name) => {
    const [scan, copy] = [await look('scan.png'), await look(name)];
    expect(hashDistance(scan.hash, copy.hash)).toBeLessThanOrEqual(NEAR_DUPLICATE_BITS);
    expect(thumbnailCorrelation(scan.thumbnail, copy.thumbnail)).toBeGreaterThanOrEqual(
      NEAR_DUPLICATE_CORRELATION,
    );
  });

  it('tells another scan apart', async () => {
    const [scan, other] = [await look('scan.png'), await look('other.png')];
    expect(hashDistance(scan.hash, other.hash)).toBeGreaterThan(2 * NEAR_DUPLICATE_BITS);
    expect(thumbnailCorrelation(scan.thumbnail, other.thumbnail)).toBeLessThan(0.9);
  });

  it('of a flat picture is zero, and it resembles nothing', () => {
    const flat = greyThumbnail(painted(50, 40, () => 93));
    expect(flat).toEqual(new Uint8Array(1024).fill(93));
    expect(perceptualHash(flat)).toBe('0000000000000000');
    expect(thumbnailCorrelation(flat, flat)).toBe(0);
  });
});

describe('the thumbnail', () => {
  it('of 32 x 32 pixels is the picture', () => {
    const picture = painted(32, 32, (x, y) => (7 * x + 13 * y) % 256);
    expect(greyThumbnail(picture)).toEqual(picture.data.filter((_, i) => i % 3 === 0));
  });

  it('splits pixels between cells by their area, whatever the size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 90 }), (width, height) => {
        const thumbnail = greyThumbnail(painted(width, height, (x) => (255 * (x + 0.5)) / width));
        const row = [...thumbnail.subarray(0, 32)];
        expect(row).toEqual([...row].sort((a, b) => a - b));
        expect([...thumbnail]).toEqual(Array.from({ length: 1024 }, (_, cell) => row[cell % 32]));
      }),
    );
  });
});

describe('pairs of near hashes', () => {
  const hash = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  const text = (value: bigint) => value.toString(16).padStart(16, '0');
  const distance = (a: bigint, b: bigint) => [...(a ^ b).toString(2)].filter((bit) => bit === '1').length;

  it('differ in as many bits as big integers do', () => {
    fc.assert(
      fc.property(hash, hash, (a, b) => {
        expect(hashDistance(text(a), text(b))).toBe(distance(a, b));
      }),
    );
  });

  it('are all found', () => {
    // Few bits, so that many are near.
    const near = fc.array(fc.nat({ max: 64 * 64 - 1 }), { maxLength: 30 });
    fc.assert(
      fc.property(near, fc.integer({ min: 0, max: 3 }), (places, bits) => {
        const hashes = places.map((place) => (1n << BigInt(place % 64)) | (1n << BigInt(place >> 6)));
        const expected: [number, number][] = [];
        hashes.forEach((a, i) => {
          hashes.slice(i + 1).forEach((b, j) => {
            if (distance(a, b) <= bits) expected.push([i, i + 1 + j]);
          });
        });
        expect([...pairsWithin(hashes.map(text), bits)]).toEqual(expected);
      }),
    );
  });
});
