import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openFile, saveChunks } from '../../src/node/file-source.js';
import {
  bytesSource,
  ELEMENT_SIZES,
  type ElementType,
  readEntryInto,
  readSafetensors,
  readShardedSafetensors,
  safetensorsChunks,
  tensorEntry,
  toFloat32,
  writeSafetensors,
} from '../../src/weights/index.js';
import { expectRefused, fixture, fixtureBytes, golden, hasGolden, watched } from './files.js';

function fileOf(header: unknown, dataSize: number, announced?: bigint): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + json.length + dataSize);
  new DataView(file.buffer).setBigUint64(0, announced ?? BigInt(json.length), true);
  file.set(json, 8);
  return file;
}

const read = (bytes: Uint8Array) => readSafetensors(bytesSource('x.safetensors', bytes));
const float = (begin: number, end: number, shape: unknown = [(end - begin) / 4], dtype = 'F32') => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

describe('readSafetensors', () => {
  it('reads what the Python library wrote', async () => {
    const file = await readSafetensors(fixture('python.safetensors'));
    expect(file.metadata).toEqual({ format: 'pt' });
    const values = async (name: string) => [...(await toFloat32(file.entries.get(name)!))];
    expect(file.entries.get('f32')).toMatchObject({ shape: [2, 3], type: 'float32', byteLength: 24 });
    expect(await values('f16')).toEqual([0, -0, 1.5, 65504, 2 ** -24, Number.POSITIVE_INFINITY]);
    expect(await values('f64')).toEqual([Math.fround(1 / 3), -2.5]);
    expect(await values('i64')).toEqual([-(2 ** 40), 7, 2 ** 53]);
    expect(await values('i32')).toEqual([-(2 ** 31), 2 ** 31]);
    expect(await values('i16')).toEqual([-32768, 32767]);
    expect(await values('i8')).toEqual([-128, 127]);
    expect(await values('u8')).toEqual([0, 255]);
    expect(await values('u16')).toEqual([65535]);
    expect(await values('u32')).toEqual([2 ** 32]);
    expect(await values('u64')).toEqual([2 ** 60]);
    expect(await values('bool')).toEqual([1, 0, 1]);
    expect(await values('scalar')).toEqual([4.25]);
    expect(file.entries.get('scalar')!.shape).toEqual([]);
    expect(await values('empty')).toEqual([]);
    expect(await values('naïve "name"')).toEqual([1]);
    expect(file.entries.size).toBe(15);
  });

  it('reads no more than the header', async () => {
    const { source, bytesRead } = watched(bytesSource('x', fileOf({ a: float(0, 1_000_000) }, 1_000_000)));
    await readSafetensors(source);
    expect(bytesRead()).toBeLessThan(200);
  });

  it.each([
    ['nothing', new Uint8Array(3), /3 bytes are no safetensors/],
    ['a header of terabytes', fileOf({}, 0, 2n ** 43n), /header has 8796093022208 bytes/],
    ['a header of 2^64 - 1', fileOf({}, 0, 2n ** 64n - 1n), /header has 18446744073709551615 bytes/],
    ['a header that is cut off', fileOf({ a: float(0, 4) }, 4).subarray(0, 20), /header has/],
    ['no JSON', fileOf('{"a"', 0), /not JSON/],
    ['no UTF-8', Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe), /not JSON/],
    ['a list', fileOf([], 0), /not a JSON object/],
    ['an unknown dtype', fileOf({ a: float(0, 4, [1], 'Q9') }, 4), /tensor "a" has the unknown dtype "Q9"/],
    ['no dtype', fileOf({ a: { shape: [1], data_offsets: [0, 4] } }, 4), /has no dtype/],
    ['a tensor that is text', fileOf({ a: 'x' }, 0), /not described by an object/],
    ['another size than the shape', fileOf({ a: float(0, 8, [3]) }, 8), /needs 12 bytes .* has 8/],
    ['a negative size', fileOf({ a: float(0, 4, [-1, -1]) }, 4), /list of counts/],
    ['a fractional size', fileOf({ a: float(0, 4, [0.5, 2]) }, 4), /list of counts/],
    [
      'a huge size',
      fileOf('{"a":{"dtype":"F32","shape":[1e300],"data_offsets":[0,4]}}', 4),
      /list of counts/,
    ],
    ['sizes of a huge product', fileOf({ a: float(0, 4, [2 ** 52, 2 ** 52]) }, 4), /too large for any file/],
    ['sizes that are text', fileOf({ a: float(0, 4, ['1']) }, 4), /list of counts/],
    ['offsets the wrong way round', fileOf({ a: float(4, 0, [1]) }, 4), /lies at 4 to 0/],
    ['offsets outside', fileOf({ a: float(0, 8) }, 4), /lies at 0 to 8 of 4/],
    ['negative offsets', fileOf({ a: float(-4, 0) }, 4), /two counts/],
    ['one offset', fileOf({ a: { dtype: 'F32', shape: [1], data_offsets: [0] } }, 4), /two counts/],
    ['overlapping ranges', fileOf({ a: float(0, 8), b: float(4, 12) }, 12), /"a" and "b" overlap/],
    ['the same range twice', fileOf({ a: float(0, 8), b: float(0, 8) }, 8), /overlap/],
    ['a hole', fileOf({ a: float(0, 4), b: float(8, 12) }, 12), /bytes 4 to 8 belong to no tensor/],
    ['bytes after the last', fileOf({ a: float(0, 4) }, 8), /bytes 4 to 8 belong to no tensor/],
    [
      'a name twice',
      fileOf(`{"a":${JSON.stringify(float(0, 4))},"\\u0061":${JSON.stringify(float(4, 8))}}`, 8),
      /"a" twice/,
    ],
    ['metadata that is no text', fileOf({ __metadata__: { a: 1 } }, 0), /__metadata__ is not/],
  ])('refuses %s', async (_, bytes, text) => {
    await expectRefused(read(bytes), text);
  });

  it('reads a header of names that objects have anyway', async () => {
    const names = ['__proto__', 'constructor', 'toString', '0'];
    const tensors = names.map((name, i) => tensorEntry(name, [1], 'float32', Float32Array.of(i)));
    const file = await read(await writeSafetensors(tensors));
    expect(new Set(file.entries.keys())).toEqual(new Set(names));
    expect([...(await toFloat32(file.entries.get('__proto__')!))]).toEqual([0]);
  });

  it('is cut off at every place and never goes on', async () => {
    const bytes = fixtureBytes('python.safetensors');
    for (let length = 0; length < bytes.length; length++)
      await expectRefused(read(bytes.subarray(0, length)), /; /);
  });
});

describe('writeSafetensors', () => {
  it('writes the bytes that the Python library wrote, in whatever order tensors come', async () => {
    const bytes = fixtureBytes('python.safetensors');
    const file = await readSafetensors(fixture('python.safetensors'));
    const reversed = [...file.entries.values()].reverse();
    expect(Buffer.from(await writeSafetensors(reversed, file.metadata)).equals(Buffer.from(bytes))).toBe(
      true,
    );
  });

  it('reads back what it wrote', async () => {
    const types = Object.keys(ELEMENT_SIZES) as ElementType[];
    const tensor = fc.tuple(fc.constantFrom(...types), fc.array(fc.nat(4), { maxLength: 3 }));
    const tensors = fc.dictionary(
      fc.string({ unit: 'grapheme' }).filter((name) => name !== '__metadata__'),
      tensor,
    );
    const run = fc.asyncProperty(
      tensors,
      fc.dictionary(fc.string(), fc.string()),
      async (shapes, metadata) => {
        const entries = Object.entries(shapes).map(([name, [type, shape]], i) => {
          const length = shape.reduce((a, b) => a * b, 1) * ELEMENT_SIZES[type];
          return tensorEntry(name, shape, type, new Uint8Array(length).fill(i + 1));
        });
        const bytes = await writeSafetensors(entries, metadata);
        expect(new DataView(bytes.buffer).getUint32(0, true) % 8).toBe(0);
        const file = await read(bytes);
        expect({ ...file.metadata }).toEqual({ ...metadata });
        expect(file.entries.size).toBe(entries.length);
        for (const entry of entries) {
          const again = file.entries.get(entry.name)!;
          expect([again.type, again.shape]).toEqual([entry.type, entry.shape]);
          expect(await again.read()).toEqual(await entry.read());
        }
      },
    );
    await fc.assert(run, { numRuns: 100 });
  });

  it('refuses names given twice and the name of the metadata', async () => {
    const one = tensorEntry('a', [1], 'float32', Float32Array.of(1));
    await expectRefused(writeSafetensors([one, one]), /two tensors are named "a"/);
    await expectRefused(writeSafetensors([{ ...one, name: '__metadata__' }]), /__metadata__/);
    await expectRefused(writeSafetensors([{ ...one, type: 'q8_0' }]), /type q8_0/);
  });
});

describe('files', () => {
  it('streams to a file and reads it by range', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'weights-'));
    try {
      const path = join(folder, 'a.safetensors');
      const entry = tensorEntry('a', [2, 2], 'float32', Float32Array.of(1, 2, 3, 4));
      await saveChunks(path, safetensorsChunks([entry]));
      const source = await openFile(path);
      const file = await readSafetensors(source);
      const read = file.entries.get('a')!;
      expect([...(await toFloat32(read))]).toEqual([1, 2, 3, 4]);
      for (const from of [read, entry]) {
        const values = Float32Array.of(9, 0, 0, 0, 0, 9);
        await readEntryInto(from, new Uint8Array(values.buffer, 4, 16));
        expect([...values]).toEqual([9, 1, 2, 3, 4, 9]);
      }
      await expectRefused(source.readInto(source.size - 3, new Uint8Array(4)), /reach outside the file/);
      await source.close();
      const broken = async function* () {
        yield new Uint8Array(4);
        throw new Error('the disk is gone');
      };
      await expect(saveChunks(path, broken())).rejects.toThrow('the disk is gone');
      expect(await readdir(folder)).toEqual(['a.safetensors']);
      expect((await readFile(path)).length).toBe(source.size);
      await expectRefused(openFile(join(folder, 'none')), /^none: cannot be opened/);
      await expectRefused(openFile(folder), /is not a file/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('notices a file that is cut off while it is open', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'weights-'));
    try {
      const path = join(folder, 'a');
      await writeFile(path, new Uint8Array(100));
      const source = await openFile(path);
      await writeFile(path, new Uint8Array(10));
      await expectRefused(source.read(0, 100), /became shorter/);
      await source.close();
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('readShardedSafetensors', () => {
  const entry = (name: string) => tensorEntry(name, [1], 'float32', Float32Array.of(1));
  const shards = async () => ({
    a: await writeSafetensors([entry('x')]),
    b: await writeSafetensors([entry('y')]),
  });

  async function readIndex(map: unknown): Promise<unknown> {
    const files: Record<string, Uint8Array> = await shards();
    const open = async (file: string) => {
      if (!files[file]) throw new Error(`opened ${file}`);
      return bytesSource(file, files[file]);
    };
    return readShardedSafetensors(open, typeof map === 'string' ? map : JSON.stringify({ weight_map: map }));
  }

  it('joins shards', async () => {
    expect(await readIndex({ x: 'a', y: 'b' })).toMatchObject({
      entries: new Map([
        ['x', {}],
        ['y', {}],
      ]),
    });
  });

  it.each(['../a', '..', '.', '/a', 'c/a', 'c\\a', '\\a', 'C:a', 'a\u0000b', ''])(
    'refuses the shard name %j without opening it',
    async (name) => {
      await expectRefused(readIndex({ x: name }), /no file name in the same folder/);
    },
  );

  it('refuses an index that is none or that its shards do not bear out', async () => {
    await expectRefused(readIndex('{'), /not JSON/);
    await expectRefused(readIndex('[]'), /no weight_map/);
    await expectRefused(readIndex({ x: 3 }), /no file name/);
    await expectRefused(readIndex('{"weight_map":{"x":"a","x":"b"}}'), /"x" twice/);
    await expectRefused(
      readIndex({ x: 'b', y: 'b', z: 'a' }),
      /2 tensors are not in the shards.*"x" \("b"\), "z" \("a"\)/,
    );
  });
});

describe.skipIf(!hasGolden)('golden files', () => {
  it('reads shards by their index', async () => {
    const folder = join(golden, 'llava-tiny');
    const json = await readFile(join(folder, 'model.safetensors.index.json'), 'utf8');
    const opened: { close(): Promise<void> }[] = [];
    const open = async (file: string) => {
      const source = await openFile(join(folder, file));
      opened.push(source);
      return source;
    };
    const file = await readShardedSafetensors(open, json);
    const index = JSON.parse(json);
    expect(new Set(file.entries.keys())).toEqual(new Set(Object.keys(index.weight_map)));
    const bytes = [...file.entries.values()].reduce((sum, entry) => sum + entry.byteLength, 0);
    expect(bytes).toBe(index.metadata.total_size);
    for (const entry of file.entries.values())
      expect((await toFloat32(entry)).every(Number.isFinite)).toBe(true);
    expect(opened.length).toBe(2);
    for (const source of opened) await source.close();
  });

  it.each(['zones', 'losses', 'operations', 'small_towers', 'mask_decoder.expected'])(
    'reads %s',
    async (name) => {
      const source = await openFile(join(golden, `${name}.safetensors`));
      const file = await readSafetensors(source);
      expect(file.entries.size).toBeGreaterThan(0);
      for (const entry of file.entries.values())
        expect((await entry.read()).byteLength).toBe(entry.byteLength);
      await source.close();
    },
  );
});
