import fc from 'fast-check';
import { describe, it } from 'vitest';
import {
  type ByteSource,
  bytesSource,
  readGguf,
  readPytorch,
  readSafetensors,
  type TensorFile,
  toFloat32,
  WeightFileError,
} from '../../src/weights/index.js';
import { fixtureBytes } from './files.js';

const readers: readonly [string, (source: ByteSource) => Promise<TensorFile>][] = [
  ['python.safetensors', readSafetensors],
  ['kinds.gguf', readGguf],
  ['protocol2.pth', readPytorch],
  ['protocol4.pth', readPytorch],
  ['wrapped.pth', (source) => readPytorch(source, { wrapper: 'state_dict' })],
  ['legacy.pth', readPytorch],
];

// Damage to the last bytes is damage to a zip's directory, damage to the first to every other header.
const place = (size: number) =>
  fc.oneof(
    fc.nat(size - 1),
    fc.nat(Math.min(size, 1200) - 1),
    fc.nat(Math.min(size, 1400) - 1).map((i) => size - 1 - i),
  );

const mutation = (size: number) =>
  fc.record({
    changes: fc.array(fc.tuple(place(size), fc.oneof(fc.nat(255), fc.constantFrom(0, 0xff, 0x7f, 0x80))), {
      maxLength: 6,
    }),
    cut: fc.option(fc.nat(size), { freq: 4 }),
    moved: fc.option(fc.tuple(place(size), place(size), fc.nat(40)), { freq: 3 }),
  });

describe('mutated files', () => {
  it.each(readers)('%s is read or refused, and nothing else', { timeout: 120_000 }, async (name, reader) => {
    const original = fixtureBytes(name);
    const property = fc.asyncProperty(mutation(original.length), async ({ changes, cut, moved }) => {
      const bytes = original.slice(0, cut ?? undefined);
      if (moved) bytes.copyWithin(moved[0], moved[1], moved[1] + moved[2]);
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
      try {
        const file = await reader(bytesSource(name, bytes));
        for (const entry of file.entries.values()) {
          // A dequantised value takes 4 bytes and its block at least 4 bits; a bool 4 and 1.
          if ((await toFloat32(entry)).byteLength > bytes.length * 8)
            throw new Error(`${entry.name} has grown`);
        }
      } catch (error) {
        if (!(error instanceof WeightFileError)) throw error;
      }
    });
    await fc.assert(property, { numRuns: 1500 });
  });

  it.each([
    ['safetensors', readSafetensors],
    ['gguf', readGguf],
    ['pth', readPytorch],
  ] as const)('random bytes are no %s', async (_, reader) => {
    const starts = ['', 'GGUF\u0003\0\0\0', 'PK\u0003\u0004', '\u0080\u0002'].map((text) =>
      Buffer.from(text, 'latin1'),
    );
    const property = fc.asyncProperty(
      fc.constantFrom(...starts),
      fc.uint8Array({ maxLength: 300 }),
      async (start, rest) => {
        const bytes = new Uint8Array([...start, ...rest]);
        try {
          await reader(bytesSource('random', bytes));
        } catch (error) {
          if (!(error instanceof WeightFileError)) throw error;
        }
      },
    );
    await fc.assert(property, { numRuns: 1000 });
  });
});
