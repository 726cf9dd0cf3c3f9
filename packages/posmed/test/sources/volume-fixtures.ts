import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { SourceItem } from '../../src/sources/source.js';

const FOLDER = fileURLToPath(new URL('../fixtures/volumes', import.meta.url));

/** What other programs make of an item: grey values and masks row by row. */
export interface ExpectedItem {
  width: number;
  height: number;
  grey: number[];
  masks: Record<string, number[]>;
}

/** The files of a made set, by their path in it. */
export function fixtureFiles(set: string): Record<string, Uint8Array> {
  const entries = readdirSync(join(FOLDER, set), { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return Object.fromEntries(
    paths.map((path) => [
      path.slice(join(FOLDER, set).length + 1).replaceAll('\\', '/'),
      Uint8Array.from(readFileSync(path)),
    ]),
  );
}

export function expectedItems(set: string): Record<string, ExpectedItem> {
  return JSON.parse(readFileSync(join(FOLDER, 'expected.json'), 'utf8'))[set];
}

/** Checks that items are those of expected.json, pixel by pixel. */
export async function expectItems(items: readonly SourceItem[], set: string): Promise<void> {
  const expected = expectedItems(set);
  expect(items.map(({ id }) => id).sort()).toEqual(Object.keys(expected).sort());
  for (const item of items) {
    const { width, height, grey, masks } = expected[item.id]!;
    const picture = await item.picture.load!();
    expect([picture.width, picture.height], item.id).toEqual([width, height]);
    expect([...picture.data], item.id).toEqual(grey.flatMap((value) => [value, value, value]));
    expect(
      item.targets.map(({ target }) => target),
      item.id,
    ).toEqual(Object.keys(masks));
    for (const target of item.targets) {
      const mask = await target.load();
      expect([mask.width, mask.height], item.id).toEqual([width, height]);
      expect([...mask.data], `${item.id}: ${target.target}`).toEqual(masks[target.target]);
    }
  }
}
