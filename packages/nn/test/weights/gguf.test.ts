import { describe, expect, it } from 'vitest';
import {
  bytesSource,
  readGguf,
  readSafetensors,
  toFloat32,
  unpackQ4Blocks,
  unpackQ8Blocks,
} from '../../src/weights/index.js';
import { expectRefused, fixture, fixtureBytes, watched } from './files.js';

const u32 = (value: number) => new Uint8Array(Uint32Array.of(value).buffer);
const u64 = (value: bigint) => new Uint8Array(BigUint64Array.of(value).buffer);
const text = (value: string) => [u64(BigInt(value.length)), new TextEncoder().encode(value)];

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

function ggufOf(tensors: bigint, fields: bigint, rest: readonly Uint8Array[], version = 3, dataSize = 256) {
  const header = joined([u32(0x46554747), u32(version), u64(tensors), u64(fields), ...rest]);
  const padding = (32 - (header.length % 32)) % 32;
  return bytesSource('x.gguf', joined([header, new Uint8Array(padding + dataSize)]));
}

const tensor = (name: string, shape: readonly bigint[], type: number, offset: bigint) => [
  ...text(name),
  u32(shape.length),
  ...shape.map(u64),
  u32(type),
  u64(offset),
];

describe('readGguf', () => {
  it('reads every value type', async () => {
    const { fields, metadata, version } = await readGguf(fixture('kinds.gguf'));
    const values = Object.fromEntries([...fields].filter(([key]) => key.startsWith('v.')));
    expect(version).toBe(3);
    expect(values).toEqual({
      'v.u8': 255,
      'v.i8': -128,
      'v.u16': 65535,
      'v.i16': -32768,
      'v.u32': 4294967295,
      'v.i32': -2147483648,
      'v.u64': 2n ** 63n + 1n,
      'v.i64': -5,
      'v.f32': 0.5,
      'v.f64': 1 / 3,
      'v.bool': true,
      'v.string': 'naïve ✓',
      'v.strings': ['a', '', 'é'],
      'v.ints': [1, -2, 3],
    });
    expect(metadata['v.u64']).toBe('9223372036854775809');
    expect(metadata['v.strings']).toBeUndefined();
  });

  it('dequantises every type bit for bit as the gguf package', async () => {
    const file = await readGguf(fixture('kinds.gguf'));
    const expected = await readSafetensors(fixture('kinds.expected.safetensors'));
    expect(expected.entries.size).toBe(11);
    for (const [name, entry] of expected.entries) {
      const found = file.entries.get(name)!;
      expect(found.shape).toEqual([2, 256]);
      const bits = new Uint32Array((await toFloat32(found)).buffer);
      expect(bits).toEqual(new Uint32Array((await toFloat32(entry)).buffer));
    }
    expect(file.entries.get('Q6_K')!.type).toBe('q6_k');
    expect([...(await toFloat32(file.entries.get('I32')!))]).toEqual([1, 2, -3]);
  });

  it('takes Q8_0 and Q4_1 blocks apart', async () => {
    const file = await readGguf(fixture('kinds.gguf'));
    const eight = file.entries.get('Q8_0')!;
    const q8 = unpackQ8Blocks(await eight.read());
    const q8Values = await toFloat32(eight);
    expect(Float32Array.from(q8.quants, (q, i) => q * q8.scales[i >> 5]!)).toEqual(q8Values);
    const four = file.entries.get('Q4_1')!;
    const q4 = unpackQ4Blocks(await four.read());
    const values = Float32Array.from(
      q4.quants,
      (q, i) => Math.fround(q * q4.scales[i >> 5]!) + q4.minimums[i >> 5]!,
    );
    expect(values).toEqual(await toFloat32(four));
  });

  it('reads version 2, and shapes in the order of PyTorch', async () => {
    const file = await readGguf(ggufOf(1n, 0n, tensor('a', [4n, 3n, 2n], 0, 0n), 2));
    expect(file.entries.get('a')).toMatchObject({ shape: [2, 3, 4], byteLength: 96 });
  });

  it('reads no more than it needs of a large file', async () => {
    const { source, bytesRead } = watched(ggufOf(1n, 0n, tensor('a', [4n], 0, 0n), 3, 2_000_000));
    await readGguf(source);
    expect(bytesRead()).toBeLessThan(300_000);
  });

  it('names the types that it does not read', async () => {
    await expectRefused(readGguf(fixture('unsupported.gguf')), /Q2_K \("odd"\), Q3_K \("odder"\)/);
    await expectRefused(readGguf(ggufOf(1n, 0n, tensor('a', [4n], 99, 0n))), /number 99 \("a"\)/);
  });

  const deep = Array.from({ length: 20 }, () => [u32(9), u64(1n)]).flat();
  it.each([
    ['no GGUF', bytesSource('x', new Uint8Array(64)), /does not begin with "GGUF"/],
    ['version 1', ggufOf(0n, 0n, [], 1), /version 1/],
    ['big-endian', ggufOf(0n, 0n, [], 0x03000000), /big-endian/],
    ['2^40 tensors', ggufOf(2n ** 40n, 0n, []), /1099511627776 tensors/],
    ['2^63 keys', ggufOf(0n, 2n ** 63n, []), /too large for any file/],
    ['a key of terabytes', ggufOf(0n, 1n, [u64(2n ** 42n)]), /characters of a string/],
    [
      'an array of terabytes',
      ggufOf(0n, 1n, [...text('k'), u32(9), u32(0), u64(2n ** 42n)]),
      /values of an array/,
    ],
    ['deep arrays', ggufOf(0n, 1n, [...text('k'), u32(9), ...deep]), /nested too deep/],
    ['an unknown value type', ggufOf(0n, 1n, [...text('k'), u32(77)]), /unknown value type 77/],
    [
      'a key twice',
      ggufOf(0n, 2n, [...text('k'), u32(0), Uint8Array.of(1), ...text('k'), u32(0), Uint8Array.of(1)]),
      /"k" is there twice/,
    ],
    [
      'a tensor twice',
      ggufOf(2n, 0n, [...tensor('a', [4n], 0, 0n), ...tensor('a', [4n], 0, 32n)]),
      /"a" is there twice/,
    ],
    [
      'overlapping tensors',
      ggufOf(2n, 0n, [...tensor('a', [16n], 0, 0n), ...tensor('b', [4n], 0, 32n)]),
      /overlap/,
    ],
    ['a tensor outside', ggufOf(1n, 0n, tensor('a', [4n], 0, 1024n)), /lies at 1024 to 1040 of 256/],
    ['a huge tensor', ggufOf(1n, 0n, tensor('a', [2n ** 40n, 2n ** 40n], 0, 0n)), /too large for any file/],
    ['an offset out of line', ggufOf(1n, 0n, tensor('a', [4n], 0, 4n)), /lies at 4/],
    ['five dimensions', ggufOf(1n, 0n, tensor('a', [1n, 1n, 1n, 1n, 1n], 0, 0n)), /5 dimensions/],
    ['rows of part of a block', ggufOf(1n, 0n, tensor('a', [16n, 2n], 8, 0n)), /rows of 16 values/],
    ['an alignment of 3', ggufOf(0n, 1n, [...text('general.alignment'), u32(4), u32(3)]), /power of two/],
  ])('refuses %s', async (_, source, message) => {
    await expectRefused(readGguf(source), message);
  });

  it('is cut off at every place and never goes on', async () => {
    const bytes = fixtureBytes('kinds.gguf');
    for (let length = 0; length < bytes.length - 32; length += length < 1500 ? 1 : 97) {
      await expectRefused(readGguf(bytesSource('x', bytes.subarray(0, length))), /; /);
    }
  });
});
