import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Journal } from '../../src/node/build-journal.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'posmed-journal-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const key = (number: number): string => number.toString(16).padStart(32, '0');

async function written(name: string, count: number): Promise<string> {
  const path = join(folder, name);
  const journal = await Journal.open<{ text: string }>(path);
  await Promise.all(
    Array.from({ length: count }, (_, i) => journal.add(key(i), { text: `é\n${'x'.repeat(i)}` })),
  );
  await journal.close();
  return path;
}

describe('a journal', () => {
  it('gives back what was added, in this run and the next', async () => {
    const path = await written('whole', 50);
    const journal = await Journal.open<{ text: string }>(path);
    expect(await journal.get(key(49))).toEqual({ text: `é\n${'x'.repeat(49)}` });
    expect(journal.has(key(50))).toBe(false);
    await journal.add(key(50), { text: 'new' });
    expect(await journal.get(key(50))).toEqual({ text: 'new' });
    await journal.close();
  });

  it('drops the line that a kill cut short, wherever it was cut', async () => {
    const path = await written('cut', 3);
    const bytes = await readFile(path);
    const start = bytes.lastIndexOf('\n', bytes.length - 2) + 1;
    for (let length = start; length < bytes.length; length++) {
      await writeFile(path, bytes);
      await truncate(path, length);
      const journal = await Journal.open<{ text: string }>(path);
      expect([journal.has(key(1)), journal.has(key(2))]).toEqual([true, false]);
      await journal.add(key(2), { text: 'again' });
      expect(await journal.get(key(2))).toEqual({ text: 'again' });
      await journal.close();
    }
  });

  it('goes no further than the first line that is none', async () => {
    const path = await written('zeros', 2);
    await appendFile(path, `${'\0'.repeat(100)}\n${key(7)} {"text":"after"}\n`);
    const journal = await Journal.open<{ text: string }>(path);
    expect([journal.has(key(1)), journal.has(key(7))]).toEqual([true, false]);
    await journal.close();
  });

  it('finds lines longer than what is read at once', async () => {
    const path = join(folder, 'long');
    const text = 'y'.repeat(3_000_000);
    let journal = await Journal.open<string>(path);
    await journal.add(key(1), text);
    await journal.add(key(2), 'short');
    await journal.close();
    journal = await Journal.open<string>(path);
    expect(await journal.get(key(1))).toBe(text);
    expect(await journal.get(key(2))).toBe('short');
    await journal.close();
  });
});
