import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeLabels, PLAIN_LABEL, readLabels, readMask } from '../src/node/index.js';
import { PictureError } from '../src/picture-error.js';
import { resizeMask } from '../src/resize.js';
import { fixture, fixturePath } from './fixtures.js';

const rows = new TextDecoder().decode(fixture('labels.txt')).trim().split('\n');
const pattern = rows.flatMap((row) => [...row].map(Number));
const width = rows[0]!.length;
const height = rows.length;
const masksOfPattern = [1, 2, 3].map((label) => pattern.map((value) => (value === label ? 1 : 0)));

describe('readLabels', () => {
  const colours = ['#008000', '#800000', '#ffffff'];
  it.each([
    ['labels-8.png', [1, 2, 3]],
    ['labels-16.png', [1, 300, 40_000]],
    ['labels-grey.tif', [40, 130, 255]],
    ['labels-rgb.png', colours],
    ['labels-palette.png', colours],
    ['labels-alpha.png', colours],
  ])('reads %s', async (name, labels) => {
    const read = await readLabels(fixturePath(name));
    expect([read.width, read.height, read.kind]).toEqual([width, height, 'labels']);
    expect([...read.labels.keys()]).toEqual(labels);
    const masks = [...read.labels.values()].map(({ data }) => [...data]);
    // Colours are in the order of their numbers, red after green.
    const order = labels === colours ? [1, 0, 2] : [0, 1, 2];
    expect(masks).toEqual(order.map((label) => masksOfPattern[label]!));
  });

  it.each([
    'mask-bits.png',
    'mask-255.png',
    'mask-01.png',
    'mask-16.png',
    'mask-16-01.png',
    'mask-red.png',
    'mask.tif',
    'mask.bmp',
    'mask.jpg',
  ])('reads %s as the plain mask that it is', async (name) => {
    const { kind, labels } = await readLabels(fixturePath(name));
    expect(kind).toBe('mask');
    expect([...labels.keys()]).toEqual([PLAIN_LABEL]);
    expect(labels.get(PLAIN_LABEL)).toEqual(await readMask(fixturePath(name)));
  });

  it('takes soft edges for a part of a plain mask', async () => {
    const { kind, labels } = await readLabels(fixturePath('label-soft.png'));
    expect(kind).toBe('mask');
    expect([...resizeMask(labels.get(PLAIN_LABEL)!, width, height).data]).toEqual(masksOfPattern[2]);
  });

  it('takes a faint value, which no plain mask has, for a label', async () => {
    const { kind, labels } = await readLabels(fixturePath('label-faint.png'));
    expect(kind).toBe('labels');
    expect([...labels].map(([label, { data }]) => [label, [...data]])).toEqual([[2, masksOfPattern[2]]]);
  });

  it('gives the empty mask of a black picture', async () => {
    const black = await png(new Uint8Array(12), 4, 3);
    expect(await decodeLabels(black, 'black.png')).toEqual({
      width: 4,
      height: 3,
      kind: 'mask',
      labels: new Map([[PLAIN_LABEL, { width: 4, height: 3, data: new Uint8Array(12) }]]),
    });
  });

  it.each(['photograph.jpg', 'photograph.png', 'rgb.png', 'grey.jpg'])('refuses %s', async (name) => {
    const refused = readLabels(fixturePath(name));
    await expect(refused).rejects.toThrow(PictureError);
    await expect(refused).rejects.toThrow(/: its \d+ values are those of a photograph, not of a mask; give /);
  });

  it('refuses more labels than it reads', async () => {
    const side = 128;
    const data = Uint16Array.from({ length: side * side }, (_, i) => {
      return 1 + ((i % side) >> 3) + 16 * (Math.floor(i / side) >> 3);
    });
    const deep = sharp(data, { raw: { width: side, height: side, channels: 1 } });
    const bytes = await deep.toColourspace('grey16').png().toBuffer();
    await expect(decodeLabels(bytes, 'deep.png')).rejects.toThrow(
      'deep.png: it has more than the 255 labels that are read from 128 x 128 pixels; split it',
    );
  });

  it('gives each pixel of large patches to its label', async () => {
    const patches = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 12, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(patches, async (values) => {
        // Patches of 8 x 8 pixels, 4 across and 3 down, none of a value that a plain mask has.
        const data = Uint8Array.from({ length: 32 * 24 }, (_, i) => {
          return 10 * values[4 * Math.floor(i / 256) + ((i % 32) >> 3)]!;
        });
        const { labels } = await decodeLabels(await png(data, 32, 24), 'patches.png');
        const again = new Uint8Array(data.length);
        for (const [label, mask] of labels) {
          mask.data.forEach((inside, i) => {
            if (inside) again[i] = again[i]! + Number(label);
          });
        }
        expect([...again]).toEqual([...data]);
      }),
      { numRuns: 50 },
    );
  });
});

function png(data: Uint8Array, width: number, height: number): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer();
}
