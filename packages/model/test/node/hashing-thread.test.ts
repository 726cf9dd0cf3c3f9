import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { hashingThread } from '../../src/node/hashing-thread.js';

const folder = mkdtempSync(join(tmpdir(), 'prs-med-hashing-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('sums files side by side and again later, and names one that cannot be read', async () => {
  const contents = [new Uint8Array(3_000_000).fill(7), Uint8Array.of(1, 2, 3), new Uint8Array()];
  contents.forEach((bytes, i) => {
    writeFileSync(join(folder, `${i}.bin`), bytes);
  });
  const wanted = contents.map((bytes) => createHash('sha256').update(bytes).digest('hex'));
  const thread = hashingThread();
  const sums = () => Promise.all(contents.map((_, i) => thread.sum(folder, `${i}.bin`)));
  expect(await sums()).toEqual(wanted);
  expect(await sums()).toEqual(wanted);
  await expect(thread.sum(folder, 'none.bin')).rejects.toThrow(/none\.bin: it cannot be read \(ENOENT/);
});
