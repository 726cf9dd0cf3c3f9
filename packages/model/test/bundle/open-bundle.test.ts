import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  checkAllFiles,
  memoryBundle,
  openBundle,
  parseBundleConfig,
  readLanguageBase,
  readParameters,
  readTokenizer,
  TRAINED_FILE,
  tiny,
} from '../../src/index.js';
import { filesOf, tinyParts } from '../tiny-bundle.js';

const files = await filesOf(await tinyParts());
const open = (changes: ReadonlyMap<string, Uint8Array | undefined> = new Map()) => {
  const all = new Map(files);
  for (const [name, bytes] of changes) {
    if (bytes === undefined) all.delete(name);
    else all.set(name, bytes);
  }
  return openBundle(memoryBundle('a bundle', all));
};
const configWith = (change: (config: Record<string, unknown>) => void): Uint8Array => {
  const config = JSON.parse(new TextDecoder().decode(files.get('config.json')));
  change(config);
  return new TextEncoder().encode(JSON.stringify(config));
};

describe('openBundle', () => {
  it('gives back what was put in', async () => {
    const parts = await tinyParts();
    const bundle = await open();
    await checkAllFiles(bundle);
    expect(bundle.config.preset).toEqual(tiny);
    expect(bundle.config.provenance).toEqual(parts.description.provenance);
    const base = await readLanguageBase(bundle);
    for (const [name, entry] of parts.language.tensors) {
      expect(Buffer.compare(await base.tensors.get(name)!.read(), await entry.read())).toBe(0);
    }
    expect([...(await readParameters(bundle)).keys()].sort()).toEqual([...parts.trained.keys()].sort());
    const tokenizer = await readTokenizer(bundle);
    const text = 'Wo ist der Polyp? 病変 😀';
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    expect(tokenizer.encode('<|im_end|>')).toHaveLength(10);
  });

  it('is written alike each time', async () => {
    const again = await filesOf(await tinyParts());
    expect([...again.keys()]).toEqual([...files.keys()]);
    for (const [name, bytes] of again) expect(Buffer.compare(bytes, files.get(name)!)).toBe(0);
  });

  it('gives every reader its own bytes', async () => {
    const bundle = await open();
    const source = await bundle.open(TRAINED_FILE);
    const first = await source.read(100, 50);
    first.fill(0);
    expect(await source.read(100, 50)).toEqual(files.get(TRAINED_FILE)!.slice(100, 150));
    await expect(source.read(0, source.size + 1)).rejects.toThrow('reach outside the file');
  });

  it.each([...files.keys()].filter((name) => name !== 'config.json'))(
    'names %s when one byte is flipped, when it is short and when it is missing',
    async (name) => {
      const bytes = files.get(name)!;
      const flipped = bytes.slice();
      flipped[Math.floor(bytes.length / 2)]! ^= 1;
      await expect(checkAllFiles(await open(new Map([[name, flipped]])))).rejects.toThrow(
        `a bundle, file ${name}: it is damaged (its SHA-256 is not the one in config.json); copy the bundle again`,
      );
      await expect(checkAllFiles(await open(new Map([[name, bytes.slice(1)]])))).rejects.toThrow(
        `a bundle, file ${name}: it has ${bytes.length - 1} bytes and should have ${bytes.length}`,
      );
      await expect(checkAllFiles(await open(new Map([[name, undefined]])))).rejects.toThrow(
        `a bundle: the bundle has no file ${name}`,
      );
    },
  );

  it('opens a large file without reading more of it than is asked for, its sum taken elsewhere', async () => {
    const large = new Uint8Array(2_000_000).map((_, i) => i % 251);
    const sumOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
    const config = configWith((value) => {
      value.files = { 'large.bin': { sha256: sumOf(large), bytes: large.length } };
    });
    const files = new Map([
      ['config.json', config],
      ['large.bin', large],
    ]);
    const lengths: number[] = [];
    const openAs = (sha256OfFile: (file: string) => Promise<string>) => {
      const plain = memoryBundle('a bundle', files);
      return openBundle({
        ...plain,
        async open(file) {
          const source = await plain.open(file);
          const read = (offset: number, length: number) => {
            if (file === 'large.bin') lengths.push(length);
            return source.read(offset, length);
          };
          return { ...source, read };
        },
        sha256OfFile,
      });
    };
    const source = await (await openAs(async (file) => sumOf(files.get(file)!))).openLarge('large.bin');
    expect([...(await source.read(1_999_998, 2))]).toEqual([...large.slice(-2)]);
    expect(lengths).toEqual([2]);
    const damaged = await openAs(async () => sumOf(large.slice(1)));
    await expect(damaged.openLarge('large.bin')).rejects.toThrow('large.bin: it is damaged');
    const { source: unchecked, checked } = await damaged.openUnchecked('large.bin');
    await expect(checked).rejects.toThrow('large.bin: it is damaged');
    expect(unchecked.size).toBe(large.length);
  });

  it('says what is wrong with a config', async () => {
    const wrong = (text: string) => () => parseBundleConfig(text, 'config.json');
    expect(wrong('{')).toThrow('config.json: this is not JSON');
    expect(wrong('{"schemaVersion": 7}')).toThrow('schema version 7 and this program reads 1');
    expect(wrong('{"schemaVersion": 1, "name": ""}')).toThrow(/fields are wrong \(name: .*preset: /);
    const leading = configWith((config) => {
      config.files = { '../outside': { sha256: '0'.repeat(64), bytes: 1 } };
    });
    await expect(open(new Map([['config.json', leading]]))).rejects.toThrow('files');
    await expect(open(new Map([['config.json', undefined]]))).rejects.toThrow('has no file config.json');
  });

  it('refuses tensors of another preset', async () => {
    const other = configWith((config) => {
      config.preset = { ...tiny, encoder: { ...tiny.encoder, width: 64 } };
    });
    await expect(readParameters(await open(new Map([['config.json', other]])))).rejects.toThrow(
      'its tensors are not the model',
    );
  });
});
