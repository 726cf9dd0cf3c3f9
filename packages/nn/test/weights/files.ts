import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from '@zip.js/zip.js';
import { expect } from 'vitest';
import { type ByteSource, bytesSource, WeightFileError } from '../../src/weights/index.js';

const fixtures = new URL('../fixtures/weights/', import.meta.url);

/** Golden files lie beside a checkout on the machines that have them; elsewhere their tests are skipped. */
export const golden = fileURLToPath(new URL('../../../../../shared/golden/', import.meta.url));
export const hasGolden = existsSync(golden);
if (!hasGolden) console.warn('The golden files are not here: tests against them are skipped.');

export function fixtureBytes(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(name, fixtures)));
}

export function fixture(name: string): ByteSource {
  return bytesSource(name, fixtureBytes(name));
}

/** A source of which every read is recorded, to see that only a header is read. */
export function watched(source: ByteSource): { source: ByteSource; bytesRead: () => number } {
  let total = 0;
  const read = (offset: number, length: number) => {
    total += length;
    return source.read(offset, length);
  };
  return { source: { name: source.name, size: source.size, read }, bytesRead: () => total };
}

/** Expects a WeightFileError, `FILE: WHAT; HOW`, whose text matches. */
export async function expectRefused(result: Promise<unknown>, text: RegExp): Promise<void> {
  const error = await result.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(WeightFileError);
  const { message, file, problem, remedy } = error as WeightFileError;
  expect(message).toBe(`${file}: ${problem}; ${remedy}`);
  expect(message).toMatch(text);
}

/** A zip with the given records, stored. */
export async function zipOf(
  records: Record<string, Uint8Array>,
  level = 0,
  zip64 = false,
): Promise<Uint8Array> {
  const zip = new ZipWriter(new Uint8ArrayWriter(), { level, zip64, useWebWorkers: false });
  for (const [name, bytes] of Object.entries(records)) await zip.add(name, new Uint8ArrayReader(bytes));
  return zip.close();
}

/** Bytes of text and numbers one after another: a pickle by hand. */
export function bytesOf(...parts: (string | number | Uint8Array)[]): Uint8Array {
  const bytes: number[] = [];
  for (const part of parts) {
    if (typeof part === 'number') bytes.push(part);
    else bytes.push(...(typeof part === 'string' ? new TextEncoder().encode(part) : part));
  }
  return Uint8Array.from(bytes);
}

/** A file of torch.save with this pickle and storages. */
export async function pthOf(
  pickle: Uint8Array,
  storages: Record<string, Uint8Array> = {},
  zip64 = false,
): Promise<ByteSource> {
  const records: Record<string, Uint8Array> = { 'archive/data.pkl': pickle };
  for (const [key, bytes] of Object.entries(storages)) records[`archive/data/${key}`] = bytes;
  return bytesSource('hostile.pth', await zipOf(records, 0, zip64));
}
