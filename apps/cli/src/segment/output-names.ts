import { basename, extname, join, resolve } from 'node:path';

/** Where the results of a picture go. */
export interface OutputNames {
  readonly mask: string;
  readonly overlay: string;
}

/**
 * Names in `folder` for the results of each picture: NAME.mask.png and NAME.overlay.png, numbered from the second
 * picture of the same stem on, and never the name of one of the pictures themselves.
 */
export function outputNames(images: readonly string[], folder: string): OutputNames[] {
  // Some file systems take a.png and A.png for the same.
  const key = (path: string) => resolve(path).toLowerCase();
  const taken = new Set(images.map(key));
  return images.map((image) => {
    const stem = basename(image, extname(image));
    for (let number = 1; ; number++) {
      const name = number === 1 ? stem : `${stem}-${number}`;
      const names = { mask: join(folder, `${name}.mask.png`), overlay: join(folder, `${name}.overlay.png`) };
      const keys = [key(names.mask), key(names.overlay)];
      if (keys.some((other) => taken.has(other))) continue;
      for (const own of keys) taken.add(own);
      return names;
    }
  });
}
