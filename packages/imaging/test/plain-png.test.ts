import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodePlainPng } from '../src/node/plain-png.js';
import { fixture } from './fixtures.js';

const header = fc.record({
  width: fc.integer({ min: 1, max: 40 }),
  height: fc.integer({ min: 1, max: 12 }),
  depth: fc.constantFrom(1, 2, 4, 8),
});

describe('decodePlainPng', () => {
  it('undoes any filters on any rows as libvips does', async () => {
    const pictures = header.chain(({ width, height, depth }) => {
      const across = Math.ceil((width * depth) / 8);
      const row = fc
        .tuple(fc.integer({ min: 0, max: 4 }), fc.uint8Array({ minLength: across, maxLength: across }))
        .map(([filter, body]) => [filter, ...body]);
      return fc.record({
        bytes: fc
          .tuple(fc.array(row, { minLength: height, maxLength: height }), fc.boolean())
          .map(([rows, isSplit]) => pngOf(width, height, depth, Uint8Array.from(rows.flat()), isSplit)),
        width: fc.constant(width),
        height: fc.constant(height),
      });
    });
    await fc.assert(
      fc.asyncProperty(pictures, async ({ bytes, width, height }) => {
        const data = await sharp(bytes).toColourspace('b-w').raw().toBuffer();
        const plain = decodePlainPng(bytes)!;
        expect([plain.width, plain.height]).toEqual([width, height]);
        expect(Buffer.compare(plain.data, data)).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  it.each(['rgb.png', 'palette.png', 'grey16.png', 'grey-alpha.png', 'rgb.jpg'])(
    'leaves %s to others',
    (name) => {
      expect(decodePlainPng(fixture(name))).toBeNull();
    },
  );

  it('leaves interlaced and damaged files to others', async () => {
    const grey = sharp(new Uint8Array(64), { raw: { width: 8, height: 8, channels: 1 } }).toColourspace(
      'b-w',
    );
    expect(decodePlainPng(await grey.clone().png().toBuffer())).not.toBeNull();
    expect(decodePlainPng(await grey.clone().png({ progressive: true }).toBuffer())).toBeNull();
    const good = fixture('grey8.png');
    expect(decodePlainPng(good)).not.toBeNull();
    expect(decodePlainPng(good.subarray(0, -20))).toBeNull();
    const wider = good.slice();
    wider[19]!++;
    expect(decodePlainPng(wider)).toBeNull();
    const flipped = good.slice();
    flipped[Math.floor(good.length / 2)]! ^= 4;
    expect(decodePlainPng(flipped)).toBeNull();
    const unknownFilter = pngOf(2, 1, 8, Uint8Array.of(5, 1, 2), false);
    expect(decodePlainPng(unknownFilter)).toBeNull();
  });

  it('leaves orientation and transparency to others', () => {
    const rows = Uint8Array.of(0, 1, 2);
    expect(decodePlainPng(pngOf(2, 1, 8, rows, false, chunk('tRNS', Uint8Array.of(0, 1))))).toBeNull();
    expect(decodePlainPng(pngOf(2, 1, 8, rows, false, chunk('eXIf', Uint8Array.of(0, 1))))).toBeNull();
    const size = chunk('pHYs', new Uint8Array(9));
    expect(decodePlainPng(pngOf(2, 1, 8, rows, false, size))?.data).toEqual(Uint8Array.of(1, 2));
  });
});

/** A grey PNG of rows that are filtered already. */
function pngOf(
  width: number,
  height: number,
  depth: number,
  rows: Uint8Array,
  isSplit: boolean,
  ...others: Buffer[]
): Buffer {
  const about = Buffer.alloc(13);
  about.writeUInt32BE(width, 0);
  about.writeUInt32BE(height, 4);
  about[8] = depth;
  const packed = deflateSync(rows);
  const middle = isSplit ? packed.length >> 1 : 0;
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', about),
    ...others,
    ...(isSplit ? [chunk('IDAT', packed.subarray(0, middle))] : []),
    chunk('IDAT', packed.subarray(middle)),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

function chunk(type: string, body: Uint8Array): Buffer {
  const bytes = Buffer.alloc(body.length + 12);
  bytes.writeUInt32BE(body.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(body, 8);
  bytes.writeUInt32BE(checksum(bytes.subarray(4, -4)), body.length + 8);
  return bytes;
}

/** CRC-32. */
function checksum(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}
