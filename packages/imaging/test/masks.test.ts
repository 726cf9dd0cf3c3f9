import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeFailure } from '../src/node/files.js';
import { readMask, readPicture, writeMask, writePicture, writeProbabilities } from '../src/node/index.js';
import { PictureError } from '../src/picture-error.js';
import { resizeMask } from '../src/resize.js';
import { fixture, fixturePath } from './fixtures.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imaging-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const rows = new TextDecoder().decode(fixture('mask.txt')).trim().split('\n');
const pattern = rows.flatMap((row) => [...row].map(Number));
const width = rows[0]!.length;
const height = rows.length;

describe('readMask', () => {
  it.each([
    'mask-bits.png',
    'mask-255.png',
    'mask-01.png',
    'mask-16.png',
    'mask-16-01.png',
    'mask-red.png',
    'mask.tif',
    'mask.bmp',
  ])('reads %s', async (name) => {
    const mask = await readMask(fixturePath(name));
    expect([mask.width, mask.height]).toEqual([width, height]);
    expect([...mask.data]).toEqual(pattern);
  });

  it('is not led astray by the noise of a JPEG', async () => {
    const mask = await readMask(fixturePath('mask.jpg'));
    expect([...resizeMask(mask, width, height).data]).toEqual(pattern);
  });

  it('counts nothing of a faint picture', async () => {
    const faint = { width: 2, height: 1, data: Uint8Array.of(0, 0, 0, 127, 127, 127) };
    const path = join(folder, 'faint.png');
    await writePicture(path, faint);
    expect([...(await readMask(path)).data]).toEqual([0, 0]);
  });

  it('fails as pictures do', async () => {
    await expect(readMask(join(folder, 'none.png'))).rejects.toThrow(PictureError);
  });
});

describe('writing', () => {
  it('writes a mask as one channel of 0 and 255', async () => {
    const path = join(folder, 'mask.png');
    await writeMask(path, { width, height, data: Uint8Array.from(pattern) });
    const { channels, depth, space } = await sharp(path).metadata();
    expect({ channels, depth, space }).toEqual({ channels: 1, depth: 'uchar', space: 'b-w' });
    const { data } = await sharp(path).extractChannel(0).raw().toBuffer({ resolveWithObject: true });
    expect([...data]).toEqual(pattern.map((v) => v * 255));
  });

  it('writes probabilities rounded and clipped', async () => {
    const path = join(folder, 'map.png');
    await writeProbabilities(path, { width: 4, height: 1, data: Float32Array.of(0, 0.502, 1, 1.5) });
    expect((await sharp(path).metadata()).channels).toBe(1);
    expect([...(await sharp(path).extractChannel(0).raw().toBuffer())]).toEqual([0, 128, 255, 255]);
  });

  it('gives back a picture unchanged, over an older file', async () => {
    const path = join(folder, 'picture.png');
    await writeFile(path, 'old');
    const { picture } = await readPicture(fixturePath('rgb.png'));
    await writePicture(path, picture);
    expect((await readPicture(path)).picture).toEqual(picture);
  });

  it('fails clearly and leaves nothing behind', async () => {
    const mask = { width: 1, height: 1, data: Uint8Array.of(1) };
    const place = await mkdtemp(join(folder, 'place-'));
    const file = join(place, 'file');
    await writeFile(file, 'kept');
    await expect(writeMask(join(place, 'none', 'm.png'), mask)).rejects.toThrow(
      /its folder does not exist; make/,
    );
    await expect(writeMask(join(file, 'm.png'), mask)).rejects.toThrow(/is a file, not a folder/);
    await expect(writeMask(folder, mask)).rejects.toThrow(/a folder has this name/);
    expect(await readdir(place)).toEqual(['file']);
    expect(
      (await readdir(tmpdir())).filter((name) => name.endsWith('.tmp') && name.startsWith('imaging-')),
    ).toEqual([]);
    expect(await readFile(file, 'utf8')).toBe('kept');
    const refused = Object.assign(new Error('x'), { code: 'EACCES' });
    expect(writeFailure('a.png', refused).message).toBe(
      'a.png: no permission to write here; choose a folder that is yours',
    );
  });

  it('refuses data that do not fill the size', async () => {
    const bad = { width: 2, height: 2, data: new Uint8Array(3) };
    await expect(writeMask(join(folder, 'bad.png'), bad)).rejects.toThrow(RangeError);
  });
});
