import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openFile } from '../../src/node/file-source.js';
import {
  bytesSource,
  matchTensors,
  readPytorch,
  readShardedPytorch,
  type TensorFile,
  toFloat32,
} from '../../src/weights/index.js';
import {
  bytesOf,
  expectRefused,
  fixture,
  fixtureBytes,
  golden,
  hasGolden,
  pthOf,
  watched,
  zipOf,
} from './files.js';

async function values(file: TensorFile, name: string): Promise<number[]> {
  return [...(await toFloat32(file.entries.get(name)!))];
}

const short = (text: string) => bytesOf(0x8c, text.length, text);
const sixFloats = new Uint8Array(Float32Array.of(0, 1, 2, 3, 4, 5).buffer);

/** {'w': a tensor of this shape, strides and offset over a float storage of `count` values}. */
function pickledTensor(shape: readonly number[], strides: readonly number[], offset: number, count: number) {
  const integer = (value: number) => bytesOf('J', new Uint8Array(Int32Array.of(value).buffer));
  const tuple = (numbers: readonly number[]) => bytesOf('(', ...numbers.map(integer), 't');
  const storage = bytesOf(
    '(',
    short('storage'),
    'ctorch\nFloatStorage\n',
    short('0'),
    short('cpu'),
    integer(count),
    'tQ',
  );
  const dict = 'ccollections\nOrderedDict\n)R';
  const args = bytesOf('(', storage, integer(offset), tuple(shape), tuple(strides), 0x89, dict, 't');
  return bytesOf(0x80, 2, '}', short('w'), 'ctorch._utils\n_rebuild_tensor_v2\n', args, 'Rs.');
}

async function expectStateDict(file: TensorFile): Promise<void> {
  const shapes = [...file.entries.values()].map(({ name, shape, type }) => `${name} ${shape} ${type}`);
  expect(shapes.slice(0, 3)).toEqual([
    'plain 2,3,4 float32',
    'transposed 4,3,2 float32',
    'slice 2,2 float32',
  ]);
  expect(await values(file, 'plain')).toEqual(Array.from({ length: 24 }, (_, i) => i));
  const transposed = [];
  for (let i = 0; i < 4; i++)
    for (let j = 0; j < 3; j++) for (let k = 0; k < 2; k++) transposed.push(i + 4 * j + 12 * k);
  expect(await values(file, 'transposed')).toEqual(transposed);
  expect(await values(file, 'slice')).toEqual([5, 7, 17, 19]);
  expect(await values(file, 'bfloat16')).toEqual([1, -2, Number.POSITIVE_INFINITY]);
  expect(await values(file, 'Double')).toEqual([Math.fround(1 / 3), -2]);
  expect(await values(file, 'Half')).toEqual([0.5, -65504]);
  expect(await values(file, 'Long')).toEqual([-(2 ** 40), 3]);
  expect(await values(file, 'Int')).toEqual([-7, 2 ** 31]);
  expect(await values(file, 'Short')).toEqual([-32768, 5]);
  expect(await values(file, 'Char')).toEqual([-128, 127]);
  expect(await values(file, 'Byte')).toEqual([0, 255]);
  expect(await values(file, 'Bool')).toEqual([1, 0]);
  expect(await values(file, 'wide.transposed')).toEqual([0, 3, 1, 4, 2, 5]);
  expect(await values(file, 'parameter')).toEqual([23]);
  expect(file.entries.get('parameter')!.shape).toEqual([]);
  expect(file.metadata).toEqual({ epoch: '3' });
}

describe('readShardedPytorch', () => {
  it('joins shards', async () => {
    const own = await pthOf(pickledTensor([2, 3], [3, 1], 0, 6), { 0: sixFloats });
    const open = async (file: string) => (file === 'a.bin' ? fixture('protocol2.pth') : own);
    const map = { plain: 'a.bin', w: 'b.bin' };
    const file = await readShardedPytorch(open, JSON.stringify({ weight_map: map }));
    expect((await values(file, 'plain')).slice(0, 3)).toEqual([0, 1, 2]);
    expect(await values(file, 'w')).toEqual([0, 1, 2, 3, 4, 5]);
    expect(file.metadata).toEqual({ epoch: '3' });
    const wrong = readShardedPytorch(open, JSON.stringify({ weight_map: { ...map, slice: 'b.bin' } }));
    await expectRefused(wrong, /^pytorch_model\.bin\.index\.json: 1 tensors are not in .*"slice"/);
  });
});

describe('readPytorch', () => {
  it.each([2, 3, 4, 5])('reads a zip with a pickle of protocol %i', async (protocol) => {
    const file = await readPytorch(fixture(`protocol${protocol}.pth`));
    await expectStateDict(file);
    expect(await values(file, 'uint16')).toEqual([65535, 1]);
  });

  it('reads the format before PyTorch 1.6', async () => {
    await expectStateDict(await readPytorch(fixture('legacy.pth')));
  });

  it('opens a wrapper only on request', async () => {
    await expectStateDict(await readPytorch(fixture('wrapped.pth'), { wrapper: 'state_dict' }));
    await expectRefused(
      readPytorch(fixture('wrapped.pth')),
      /inside "state_dict"; ask for one of its wrappers/,
    );
    await expectRefused(readPytorch(fixture('wrapped.pth'), { wrapper: 'model' }), /no dict under "model"/);
  });

  it('reads the zip of another program, zip64 or not', async () => {
    for (const zip64 of [false, true]) {
      const file = await readPytorch(
        await pthOf(pickledTensor([2, 3], [1, 2], 0, 6), { 0: sixFloats }, zip64),
      );
      expect(await values(file, 'w')).toEqual([0, 2, 4, 1, 3, 5]);
    }
  });

  it.each(['protocol2.pth', 'protocol5.pth', 'legacy.pth'])(
    '%s is cut off at every place and never goes on',
    async (name) => {
      const bytes = fixtureBytes(name);
      for (let length = 0; length < bytes.length; length += 7) {
        await expectRefused(readPytorch(bytesSource(name, bytes.subarray(0, length))), /; /);
      }
    },
  );
});

const calls = (module: string, name: string, argument: string) =>
  bytesOf(0x80, 2, `c${module}\n${name}\n`, short(argument), 0x85, 'R.');

describe('a hostile pickle', () => {
  it.each([
    ['os.system', calls('os', 'system', 'echo run > /tmp/never')],
    ['posix.system', calls('posix', 'system', 'echo run')],
    ['builtins.eval', calls('builtins', 'eval', '1+1')],
    ['builtins.getattr', calls('builtins', 'getattr', 'x')],
    ['torch.load', calls('torch', 'load', 'x')],
    ['os.system', bytesOf(0x80, 4, short('os'), short('system'), 0x93, short('x'), 0x85, 'R.')],
    ['os.system', bytesOf(0x80, 2, '(', short('x'), 'ios\nsystem\n.')],
    ['os.system', bytesOf(0x80, 2, '(cos\nsystem\n', short('x'), 'o.')],
    ['numpy.core.multiarray._reconstruct', calls('numpy.core.multiarray', '_reconstruct', 'x')],
    ['torch.__proto__', calls('torch', '__proto__', 'x')],
  ])('that names %s is refused by name', async (name, pickle) => {
    await expectRefused(readPytorch(await pthOf(pickle)), new RegExp(`"${name}".*refused; .*state_dict`));
  });

  it.each([
    ['a call of data', bytesOf(0x80, 2, '}})R.'), /a call of a dict/],
    [
      'a call of a storage class',
      bytesOf(0x80, 2, 'ctorch\nFloatStorage\n)R.'),
      /a call of torch.FloatStorage/,
    ],
    ['an instance of a class', bytesOf(0x80, 2, 'ctorch\nFloatStorage\n)', 0x81, '.'), /NEWOBJ/],
    ['attributes', bytesOf(0x80, 2, ']}b.'), /attributes of a list \(BUILD\)/],
    ['an extension', bytesOf(0x80, 2, 0x82, 1, '.'), /EXT1/],
    ['a set', bytesOf(0x80, 4, 0x8f, '.'), /EMPTY_SET/],
    ['protocol 0', bytesOf('}', 'I1\n.'), /opcode 0x49/],
    ['protocol 9', bytesOf(0x80, 9, '}.'), /protocol 9/],
    ['deep nesting', bytesOf(0x80, 2, '('.repeat(5000), '.'), /nested deeper/],
    ['an empty stack', bytesOf(0x80, 2, '.'), /not there/],
    ['no mark', bytesOf(0x80, 2, 't.'), /mark that is not there/],
    ['an unknown memo', bytesOf(0x80, 2, 'h', 7, '.'), /recalls/],
    ['text of gigabytes', bytesOf(0x80, 2, 'X', 0xff, 0xff, 0xff, 0xff, 'a'), /ends inside its pickle/],
    ['text of 2^63', bytesOf(0x80, 4, 0x8d, 0, 0, 0, 0, 0, 0, 0, 0x80), /ends inside its pickle/],
    [
      'an integer of gigabytes',
      bytesOf(0x80, 2, 0x8b, 0xff, 0xff, 0xff, 0x7f),
      /integer of 2147483647 bytes/,
    ],
    ['a name without end', bytesOf(0x80, 2, `c${'x'.repeat(5000)}`), /name without an end/],
    ['a list', bytesOf(0x80, 2, '].'), /holds a list/],
    ['a list that holds itself', bytesOf(0x80, 2, ']q', 0, 'h', 0, 'a.'), /holds a list/],
    ['no storage', bytesOf(0x80, 2, ')Q.'), /no storage/],
  ])('with %s is refused', async (_, pickle, text) => {
    await expectRefused(readPytorch(await pthOf(pickle)), text);
  });

  it('of lists that double a thousand times costs nothing', async () => {
    const doubling = Array.from({ length: 1000 }, () => bytesOf('2', 0x86));
    await expectRefused(readPytorch(await pthOf(bytesOf(0x80, 2, ']', ...doubling, '.'))), /holds a list/);
  });

  it('that hands one list of pairs to many calls is stopped', async () => {
    const pairs = bytesOf(']q', 0, '(', ...Array.from({ length: 20_000 }, () => bytesOf('NN', 0x86)), 'e0');
    const many = Array.from({ length: 2000 }, () => bytesOf('ccollections\nOrderedDict\nh', 0, 0x85, 'R'));
    await expectRefused(readPytorch(await pthOf(bytesOf(0x80, 2, pairs, ...many, '.'))), /too many pairs/);
  });

  it('of many millions of opcodes is stopped', async () => {
    const pickle = new Uint8Array(3_000_000).fill(0x4e);
    pickle.set([0x80, 2]);
    await expectRefused(readPytorch(await pthOf(pickle)), /more than 2000000 opcodes/);
  });
});

describe('a hostile tensor', () => {
  const data = { 0: sixFloats };

  it.each([
    ['one past its storage', [7], [1], 0, 6, /leaves its storage of 6/],
    ['an offset past its storage', [1], [1], 6, 6, /leaves its storage/],
    ['strides past its storage', [2, 3], [4, 1], 0, 6, /leaves its storage/],
    ['values repeated without end', [2_000_000_000], [0], 0, 6, /repeats the values/],
    ['a negative size', [-1], [1], 0, 6, /no list of counts/],
    ['a negative stride', [2], [-1], 1, 6, /no list of counts/],
    ['a negative offset', [1], [1], -1, 6, /no storage or offset/],
    ['fewer strides than sizes', [2, 3], [1], 0, 6, /leaves its storage/],
    ['a storage of another size', [6], [1], 0, 7, /storage "0" of 28 bytes has 24/],
    ['a storage of gigabytes', [2_000_000_000], [1], 0, 2_000_000_000, /has 24 bytes/],
    ['seventeen dimensions', Array(17).fill(1), Array(17).fill(1), 0, 6, /no list of counts/],
  ])('of %s is refused', async (_, shape, strides, offset, count, text) => {
    await expectRefused(readPytorch(await pthOf(pickledTensor(shape, strides, offset, count), data)), text);
  });

  it('without elements is empty, whatever its strides', async () => {
    const file = await readPytorch(await pthOf(pickledTensor([3, 0], [1, 9], 0, 6), data));
    expect(await values(file, 'w')).toEqual([]);
  });

  it('without its storage is refused', async () => {
    await expectRefused(
      readPytorch(await pthOf(pickledTensor([6], [1], 0, 6))),
      /storage "0" of 24 bytes is not there/,
    );
  });
});

describe('a hostile zip', () => {
  it('that is compressed is refused', async () => {
    const zip = await zipOf({ 'archive/data.pkl': bytesOf(0x80, 2, '}', 'N0'.repeat(1000), '.') }, 9);
    await expectRefused(readPytorch(bytesSource('x.pth', zip)), /compressed or encrypted/);
  });

  it('that claims a record of gigabytes is refused', async () => {
    const zip = await zipOf({ 'archive/data.pkl': bytesOf(0x80, 2, '}.') });
    const view = new DataView(zip.buffer);
    const directory = zip.findLastIndex(
      (_, i) => i + 4 <= zip.length && view.getUint32(i, true) === 0x02014b50,
    );
    view.setUint32(directory + 20, 0xfffffff0, true);
    view.setUint32(directory + 24, 0xfffffff0, true);
    await expectRefused(readPytorch(bytesSource('x.pth', zip)), /reach outside|cannot be read/);
  });

  it('without one pickle is refused', async () => {
    await expectRefused(
      readPytorch(bytesSource('x.pth', await zipOf({ 'a/b': bytesOf('x') }))),
      /0 records FOLDER\/data.pkl/,
    );
    const two = await zipOf({ 'a/data.pkl': bytesOf(0x80, 2, '}.'), 'b/data.pkl': bytesOf(0x80, 2, '}.') });
    await expectRefused(readPytorch(bytesSource('x.pth', two)), /2 records/);
  });

  it('of big-endian numbers is refused', async () => {
    const zip = await zipOf({ 'a/data.pkl': bytesOf(0x80, 2, '}.'), 'a/byteorder': bytesOf('big') });
    await expectRefused(readPytorch(bytesSource('x.pth', zip)), /"big" byte order/);
  });
});

describe('other files', () => {
  it('are refused with what they are', async () => {
    await expectRefused(readPytorch(bytesSource('x', new Uint8Array(0))), /no file of torch.save/);
    await expectRefused(readPytorch(bytesSource('x', bytesOf(0x80, 2, '}.'))), /none of torch.save/);
    const tar = new Uint8Array(600);
    tar.set(bytesOf('ustar'), 257);
    await expectRefused(readPytorch(bytesSource('x', tar)), /it is a tar/);
  });
});

describe.skipIf(!hasGolden)('golden files', () => {
  it.each([
    ['image_encoder.pth', 'float16', 298],
    ['mask_decoder.pth', 'bfloat16', 70],
  ])('reads %s, which PyTorch wrote', async (name, type, count) => {
    const opened = await openFile(join(golden, name));
    const { source, bytesRead } = watched(opened);
    const file = await readPytorch(source);
    expect(bytesRead()).toBeLessThan(300_000);
    expect(file.entries.size).toBe(count);
    let floats = 0;
    for (const entry of file.entries.values()) {
      if (entry.type === type) floats++;
      const numbers = await toFloat32(entry);
      expect(numbers.length).toBe(entry.shape.reduce((a, b) => a * b, 1));
      expect(numbers.every(Number.isFinite)).toBe(true);
    }
    expect(floats).toBeGreaterThan(count / 2);
    await opened.close();
  });
});

describe('matchTensors', () => {
  it('lists all that is wrong in one error', async () => {
    const file = await readPytorch(fixture('protocol2.pth'));
    const shapes = new Map([...file.entries].map(([name, { shape }]) => [name, shape]));
    expect([...matchTensors(shapes, file).keys()]).toEqual([...shapes.keys()]);
    shapes.set('gone', [1]).set('gone.too', []).set('plain', [2, 12]).set('slice', [4]);
    shapes.delete('Int');
    shapes.delete('Bool');
    expect(() => matchTensors(shapes, file)).toThrow(
      "protocol2.pth: its tensors are not the model's (2 missing: gone, gone.too; 2 unexpected: Int, Bool; " +
        '2 of another shape: plain is [2, 3, 4] and should be [2, 12], slice is [2, 2] and should be [4]); load',
    );
    const known = new Map([['plain', [2, 3, 4]]]);
    expect(matchTensors(known, file, { ignore: (name) => name !== 'plain' }).size).toBe(1);
  });
});
