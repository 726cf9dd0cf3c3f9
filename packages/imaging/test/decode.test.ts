import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkByteSize, LARGEST_FILE, readFailure } from '../src/node/files.js';
import { decodePicture, readPicture } from '../src/node/index.js';
import { PictureError } from '../src/picture-error.js';
import { fixture, fixtureJson, fixturePath, largestDifference } from './fixtures.js';

interface Expected {
  width: number;
  height: number;
  tolerance: number;
  rgb: number[];
}

const expected = fixtureJson<Record<string, Expected>>('expected.json');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imaging-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function failure(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(PictureError);
  const message = (error as PictureError).message;
  expect(message).toMatch(/^.+: .+; .+$/);
  expect(message).not.toContain('\n');
  return message;
}

describe('decodePicture', () => {
  it.each(Object.keys(expected))('reads %s as Pillow does', async (name) => {
    const { picture } = await readPicture(fixturePath(name));
    const { width, height, tolerance, rgb } = expected[name]!;
    expect([picture.width, picture.height]).toEqual([width, height]);
    expect(largestDifference(picture.data, rgb)).toBeLessThanOrEqual(tolerance);
  });

  it.each([
    ['animated.gif', 'frame'],
    ['animated.webp', 'frame'],
    ['pages.tif', 'page'],
  ])('warns that of %s only the first %s is read', async (name, what) => {
    const { warnings } = await readPicture(fixturePath(name));
    expect(warnings).toEqual([`the file has 2 ${what}s; only the first ${what} is read`]);
  });

  it.each(['still.gif', 'lossless.webp', 'rgb-lzw.tif', 'rgb.png', 'rgb24.bmp'])(
    'has no warning for %s',
    async (name) => {
      expect((await readPicture(fixturePath(name))).warnings).toEqual([]);
    },
  );

  it('goes by the bytes, not by the name', async () => {
    const { picture } = await decodePicture(fixture('rgb.png'), 'photo.jpg');
    expect([...picture.data]).toEqual(expected['rgb.png']!.rgb);
  });

  it('reads bytes that lie in the middle of a larger buffer', async () => {
    for (const name of ['rgb16.png', 'rgb24.bmp']) {
      const bytes = fixture(name);
      const larger = new Uint8Array(bytes.length + 7);
      larger.set(bytes, 3);
      const { picture } = await decodePicture(larger.subarray(3, 3 + bytes.length), name);
      expect([...picture.data]).toEqual(expected[name]!.rgb);
    }
  });

  it('reads a side of 8000 pixels', async () => {
    const bytes = await sharp({ create: { width: 8000, height: 2, channels: 3, background: '#102030' } })
      .png()
      .toBuffer();
    const { picture } = await decodePicture(bytes, 'wide.png');
    expect([picture.width, picture.height, ...picture.data.slice(-3)]).toEqual([8000, 2, 16, 32, 48]);
  });
});

describe('errors', () => {
  it('names a missing file', async () => {
    const path = join(folder, 'none.png');
    expect(await failure(readPicture(path))).toBe(`${path}: there is no such file; check the path`);
    expect(await failure(readPicture(join(fixturePath('rgb.png'), 'x.png')))).toContain(
      'there is no such file',
    );
  });

  it('names a folder', async () => {
    expect(await failure(readPicture(folder))).toContain('this is a folder; name a picture file');
  });

  it('names an empty file', async () => {
    const path = join(folder, 'empty.png');
    await writeFile(path, '');
    expect(await failure(readPicture(path))).toContain('the file is empty');
  });

  it('names a file without read permission', () => {
    // Not by chmod: the super-user, as whom tests may run, reads everything.
    const refused = Object.assign(new Error('EACCES'), { code: 'EACCES' });
    expect(readFailure('a.png', refused).message).toBe(
      'a.png: no permission to read this file; ask its owner to allow it',
    );
    expect(readFailure('a.png', Object.assign(new Error('x'), { code: 'EIO' })).message).toContain('EIO');
  });

  it('refuses files of too many bytes', () => {
    expect(() => checkByteSize(LARGEST_FILE + 1, 'a.tif')).toThrow(PictureError);
    expect(() => checkByteSize(LARGEST_FILE, 'a.tif')).not.toThrow();
  });

  const whole = Object.keys(expected).filter((name) => !name.startsWith('orientation') && name !== 'one.png');
  it.each(whole)('refuses %s wherever it is cut', async (name) => {
    const bytes = fixture(name);
    // What follows the first frame of a GIF is not looked at.
    for (const part of name === 'animated.gif' ? [0.1, 0.3] : [0.1, 0.3, 0.5, 0.7, 0.9]) {
      const cut = bytes.subarray(0, Math.floor(bytes.length * part));
      expect(await failure(decodePicture(cut, name))).toMatch(/damaged or cut short|not a picture/);
    }
  });

  it('refuses a PNG of which only the last bytes are missing', async () => {
    const bytes = fixture('rgb.png');
    expect(await failure(decodePicture(bytes.subarray(0, -3), 'a.png'))).toContain('damaged or cut short');
  });

  it('refuses a large JPEG that ends early instead of giving grey rows', async () => {
    const noise = Buffer.from(Uint8Array.from({ length: 200 * 200 * 3 }, (_, i) => (i * 7919) % 251));
    const bytes = await sharp(noise, { raw: { width: 200, height: 200, channels: 3 } })
      .jpeg()
      .toBuffer();
    expect(await failure(decodePicture(bytes.subarray(0, bytes.length >> 1), 'a.jpg'))).toContain(
      'cut short',
    );
  });

  it.each([
    ['a.txt', 'hello', 'this is not a picture'],
    ['a.svg', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', 'an SVG drawing'],
    ['b.svg', '<?xml version="1.0"?>\n<svg width="9" height="9"/>', 'an SVG drawing'],
    ['a.pdf', '%PDF-1.7\n', 'a PDF document'],
    ['a.html', '<!DOCTYPE html><html></html>', 'a web page'],
    ['a.avif', '\0\0\0\x20ftypavif', 'a HEIF, AVIF or video file'],
    ['bm.txt', 'BM is not always a bitmap', 'this is not a picture'],
  ])('refuses %s', async (name, text, problem) => {
    const message = await failure(decodePicture(new TextEncoder().encode(text), name));
    expect(message).toContain(problem);
    expect(message).toContain('give a PNG, JPEG, TIFF, WebP, GIF or BMP file');
  });

  it('refuses more than 8000 pixels a side by the header alone', async () => {
    const png = fixture('rgb.png').slice();
    const view = new DataView(png.buffer);
    view.setUint32(16, 60_000);
    view.setUint32(20, 50_000);
    // The header's checksum must be right, else it would be refused for that.
    view.setUint32(29, crc32(png.subarray(12, 29)));
    expect(await failure(decodePicture(png, 'huge.png'))).toContain('60000 x 50000 pixels');
    const bmp = fixture('rgb24.bmp').slice();
    new DataView(bmp.buffer).setInt32(18, 8001, true);
    expect(await failure(decodePicture(bmp, 'huge.bmp'))).toContain('8001 x 9 pixels');
  });

  it('refuses values that are neither 8 nor 16 bits', async () => {
    const bytes = await sharp(fixture('rgb.png'))
      .toColourspace('scrgb')
      .tiff({ compression: 'none' })
      .toBuffer();
    const float = await sharp(bytes).metadata();
    expect(float.depth).toBe('float');
    expect(await failure(decodePicture(bytes, 'float.tif'))).toContain('type float, neither 8 nor 16 bits');
  });

  it('refuses a run-length coded BMP', async () => {
    const bytes = fixture('grey8.bmp').slice();
    bytes[30] = 1;
    expect(await failure(decodePicture(bytes, 'rle.bmp'))).toContain('this kind of BMP is not read');
  });
});

function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
