import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Mask, Picture } from '@prs-med/imaging';
import { encodeMask, encodePicture } from '@prs-med/imaging/node';
import { afterAll } from 'vitest';
import type { SourceFolder } from '../../src/sources/source.js';

/** What a made file holds: text, bytes, or a picture or mask, which is a PNG whatever the file is called. */
export type MadeFile = string | Uint8Array | Mask | Picture;

/** A grey picture with a gradient. */
export function madePicture(width: number, height: number): Picture {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => Math.floor(i / 3) * 7);
  return { width, height, data };
}

/** A mask drawn with "#" for the target, a row a line. */
export function drawnMask(...rows: string[]): Mask {
  const data = Uint8Array.from(rows.join(''), (mark) => (mark === '#' ? 1 : 0));
  return { width: rows[0]!.length, height: rows.length, data };
}

/** A mask as `drawnMask` takes it. */
export function drawingOf({ width, height, data }: Mask): string[] {
  return Array.from({ length: height }, (_, y) =>
    Array.from(data.subarray(y * width, (y + 1) * width), (value) => (value ? '#' : '.')).join(''),
  );
}

/** Writes files into a folder that is removed after the tests; gives its path. */
export async function madeFolder(files: Readonly<Record<string, MadeFile>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'prs-med-sources-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), await bytesOf(content));
  }
  return folder;
}

/** A folder that only lists: whoever reads a picture of it fails. */
export function listedFolder(
  files: readonly string[],
  texts: Readonly<Record<string, string>> = {},
): SourceFolder {
  const refuse = (file: string) => Promise.reject(new Error(`${file} was read while listing`));
  return {
    name: 'made',
    files: [...files, ...Object.keys(texts)].sort(),
    readBytes: (file) =>
      texts[file] === undefined ? refuse(file) : Promise.resolve(new TextEncoder().encode(texts[file])),
    readPicture: refuse,
    readMask: refuse,
  };
}

async function bytesOf(content: MadeFile): Promise<string | Uint8Array> {
  if (typeof content === 'string' || content instanceof Uint8Array) return content;
  const isMask = content.data.length === content.width * content.height;
  return isMask ? encodeMask(content) : encodePicture(content);
}
