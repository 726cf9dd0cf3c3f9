import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSourceFolder } from '../../src/node/source-folder.js';
import { SourceError } from '../../src/sources/source.js';
import { drawingOf, drawnMask, madeFolder, madePicture } from './made-folder.js';

describe('a source folder', () => {
  it('lists files by code unit, without what systems leave behind', async () => {
    const path = await madeFolder({
      'b.png': 'x',
      'a/é.png': 'x',
      'a/Z.png': 'x',
      'a/b (10).png': 'x',
      'a/b (2).png': 'x',
      'a.png': 'x',
      '.DS_Store': 'x',
      'a/._Z.png': 'x',
      '.git/config': 'x',
      '__MACOSX/a.png': 'x',
      'a/Thumbs.db': 'x',
      'desktop.ini': 'x',
    });
    const folder = await openSourceFolder(path);
    expect(folder.name).toBe(path);
    expect(folder.files).toEqual(['a.png', 'a/Z.png', 'a/b (10).png', 'a/b (2).png', 'a/é.png', 'b.png']);
  });

  it('follows links to files and folders, but none that leads back up or nowhere', async () => {
    const path = await madeFolder({ 'real/a.png': 'x', 'set/b.png': 'x' });
    await symlink(join(path, 'real/a.png'), join(path, 'set/link.png'));
    await symlink(join(path, 'real'), join(path, 'set/images'));
    await symlink(join(path, 'set'), join(path, 'set/again'));
    await symlink(join(path, 'gone.png'), join(path, 'set/gone.png'));
    const folder = await openSourceFolder(join(path, 'set'));
    expect(folder.files).toEqual(['b.png', 'images/a.png', 'link.png']);
  });

  it('reads bytes, pictures and masks', async () => {
    const path = await madeFolder({
      'a.txt': 'text',
      'a.png': madePicture(3, 2),
      'm.png': drawnMask('#.', '.#'),
      'broken.png': 'text',
    });
    const folder = await openSourceFolder(path);
    expect(new TextDecoder().decode(await folder.readBytes('a.txt'))).toBe('text');
    expect(await folder.readPicture('a.png')).toEqual(madePicture(3, 2));
    expect(drawingOf(await folder.readMask('m.png'))).toEqual(['#.', '.#']);
    await expect(folder.readPicture('broken.png')).rejects.toThrow(
      `${path}/broken.png: this is not a picture; `,
    );
    await expect(folder.readMask('none.png')).rejects.toThrow(`${path}/none.png: there is no such file; `);
    await expect(folder.readBytes('none.txt')).rejects.toThrow(
      `${path}/none.txt: there is no such file or folder; `,
    );
  });

  it('refuses labels for a mask, and takes black for an empty one', async () => {
    const halves = (left: number, right: number) => ({
      width: 16,
      height: 8,
      data: Uint8Array.from({ length: 16 * 8 * 3 }, (_, i) => (i % 48 < 24 ? left : right)),
    });
    const path = await madeFolder({
      'labels.png': halves(1, 2),
      'one.png': halves(0, 1),
      'black.png': halves(0, 0),
    });
    const folder = await openSourceFolder(path);
    await expect(folder.readMask('labels.png')).rejects.toThrow(
      `${path}/labels.png: it has nothing white and the values 1, 2; give each target a mask of its own, in white`,
    );
    expect(drawingOf(await folder.readMask('one.png'))).toEqual(Array(8).fill('........########'));
    expect(drawingOf(await folder.readMask('black.png'))).toEqual(Array(8).fill('................'));
  });

  it('says what is wrong with a path', async () => {
    const path = await madeFolder({ 'set.zip': 'PK' });
    const gone = await openSourceFolder(join(path, 'gone')).catch((error: unknown) => error);
    expect(gone).toBeInstanceOf(SourceError);
    expect((gone as Error).message).toBe(`${path}/gone: there is no such file or folder; check the path`);
    await expect(openSourceFolder(join(path, 'set.zip'))).rejects.toThrow(
      `${path}/set.zip: this is a file, not a folder; unpack it and name its folder`,
    );
    await mkdir(join(path, 'empty'));
    expect((await openSourceFolder(join(path, 'empty'))).files).toEqual([]);
  });
});
