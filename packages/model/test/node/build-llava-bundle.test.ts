import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { float16ToFloat32, float32ToFloat16, readSafetensors, toFloat32 } from '@prs-med/nn';
import { openFile } from '@prs-med/nn/node';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  readLanguageCheckpoint,
  readParameters,
  readTokenizer,
  readVisionTower,
} from '../../src/bundle/read-parts.js';
import {
  checkAllFiles,
  initialLlavaParameters,
  type LlavaCheckpoint,
  loadCheckpointLanguageModel,
  loadModel,
  openBundle,
  type Preset,
  type Provenance,
  readAdapter,
  readReleased,
  releasedParameters,
} from '../../src/index.js';
import {
  buildLlavaBundle,
  bundleFolder,
  checkpointFolder,
  type LlavaBundleParts,
  releasedFolder,
  UNFINISHED_FILE,
  unfinishedBundle,
} from '../../src/node/index.js';
import { runtime, worstError } from '../language/reference.js';
import { llavaTiny, llavaTinyAdapterPath } from '../llava/tiny-llava.js';
import {
  makeLlava,
  makeReleased,
  preset,
  releasedPreset,
  tinySamParameters,
  writeTinySam,
} from './made-llava.js';

let folder = '';
let checkpoint = '';
let out = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prs-med-llava-'));
  checkpoint = join(folder, 'llava');
  await makeLlava(checkpoint);
  await writeTinySam(join(folder, 'tinysam.safetensors'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
let count = 0;
beforeEach(() => {
  out = join(folder, `out-${count++}`);
});

/** What the bundle's parameters begin as: TinySAM's file, and the fixture's adapter. */
async function parameters(from: LlavaCheckpoint) {
  const source = await openFile(join(folder, 'tinysam.safetensors'));
  const adapter = await readAdapter(await checkpointFolder(llavaTinyAdapterPath), preset.language);
  const made = await initialLlavaParameters(preset, 3, from, await readSafetensors(source), adapter);
  await source.close();
  return made;
}

const description = (of: Preset) => ({
  name: 'x',
  version: '1',
  trained: false,
  preset: of,
  provenance: { seed: 3 } as Provenance,
  licences: [],
});

const parts = (change: Partial<LlavaBundleParts> = {}): LlavaBundleParts => ({
  description: description(preset),
  checkpoint,
  quantization: 'int4',
  parameters,
  ...change,
});

const opened = async () => openBundle(await bundleFolder(out));

/** Vitest's own comparison takes a second for a million numbers. */
const expectSame = (name: string, a: ArrayBufferView, b: ArrayBufferView | undefined) =>
  expect(b !== undefined && Buffer.compare(bytes(a), bytes(b)) === 0, name).toBe(true);
const bytes = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
  Buffer.from(buffer, byteOffset, byteLength);

const contents = () => new Map(readdirSync(out).map((name) => [name, readFileSync(join(out, name), 'hex')]));

describe('a bundle with LLaVA', () => {
  it('has what its parts have', async () => {
    const heard: string[] = [];
    await buildLlavaBundle(out, parts({ notes: '## Notes\nSome.' }), {
      onProgress: (stage, done, of) => heard.push(`${stage} ${done}/${of}`),
    });
    expect(heard.slice(0, 2)).toEqual(['read 0/6', 'read 1/6']);
    expect(heard.at(-1)).toBe('language 4/4');
    const bundle = await opened();
    await checkAllFiles(bundle);
    expect(Object.keys(bundle.config.files)).toEqual([
      'MODEL_CARD.md',
      ...[1, 2, 3, 4].map((part) => `language-0000${part}-of-00004.safetensors`),
      'language.safetensors.index.json',
      'tokenizer.json',
      'tokenizer_config.json',
      'trained.safetensors',
      'vision-tower.safetensors',
    ]);
    expect(readdirSync(out).sort()).toEqual([...Object.keys(bundle.config.files), 'config.json'].sort());
    expect(existsSync(unfinishedBundle(out))).toBe(false);
    const { file, adapter } = await llavaTiny();
    for (const [name, { data }] of await readVisionTower(bundle)) {
      const halves = float32ToFloat16(await toFloat32(file.entries.get(name)!));
      expectSame(name, data, float16ToFloat32(halves));
    }
    const made = await readParameters(bundle);
    const tinySam = await tinySamParameters();
    for (const [name, { data }] of made) {
      if (name.startsWith('mm_projector.')) expectSame(name, data, await toFloat32(file.entries.get(name)!));
      else if (name.startsWith('language.'))
        expectSame(name, data, adapter.tensors.get(name.slice('language.'.length)));
      else if (name.startsWith('vision_encoder.')) expectSame(name, data, tinySam.get(name)!.data);
    }
    const language = await readLanguageCheckpoint(bundle);
    expect(language.tensors.has('model.layers.2.mlp.down_proj.weight.quants')).toBe(true);
    expect((await readTokenizer(bundle)).endToken).toBe(2);
    const sum = createHash('sha256')
      .update(readFileSync(join(checkpoint, 'config.json')))
      .digest('hex');
    const { quantization, llavaSha256, seed } = bundle.config.provenance;
    expect([seed, llavaSha256]).toEqual([3, expect.objectContaining({ 'config.json': sum })]);
    const measured = { mean: expect.closeTo(0.07, 1), largest: expect.closeTo(0.08, 1) };
    expect(quantization).toMatchObject({ kind: 'int4', error: measured });
    const card = await bundle.text('MODEL_CARD.md');
    expect(card).toContain('| language model | 3 layers of width 64, 4-bit, with LoRA of rank 4 |');
    expect(card).toContain('stretched to 64 x 64; for the language model padded to a square, 56 x 56 |');
    expect(card).toContain('## Notes\nSome.\n\n## Quantisation\n');
    expect(card).toMatch(/\| layer \| q_proj \| .* \| down_proj \|\n\|---\|.*\n\| 0 \| 0\.0\d{3} \|/);
  });

  it('says which of its files is damaged, though they are checked while it is loaded', async () => {
    await buildLlavaBundle(out, parts());
    const damaged = join(out, 'language-00002-of-00004.safetensors');
    const bytes = readFileSync(damaged);
    bytes[bytes.length - 5]! ^= 1;
    writeFileSync(damaged, bytes);
    const loading = loadModel(await bundleFolder(out), runtime, { threads: 1 });
    await expect(loading).rejects.toThrow('language-00002-of-00004.safetensors: it is damaged');
  });

  it('in 8 bits says so, answers, and reads nearer to the floats than in 4', async () => {
    const states = new Map<string, Float32Array>();
    for (const quantization of ['int4', 'int8', 'none'] as const) {
      await buildLlavaBundle(out, parts({ quantization }), { replace: true });
      const language = await loadCheckpointLanguageModel(
        await readLanguageCheckpoint(await opened()),
        undefined,
        { layersRead: [] },
        runtime,
      );
      const context = language.begin(16);
      const read = await language.extend(context, language.embed([5, 80, 3, 200, 31, 64]), 6);
      states.set(quantization, read.get(language.config.layers)!.slice());
      await language.release();
      if (quantization !== 'int8') continue;
      const bundle = await opened();
      await checkAllFiles(bundle);
      const measured = { mean: expect.closeTo(0.0054, 3), largest: expect.closeTo(0.0056, 3) };
      expect(bundle.config.provenance.quantization).toMatchObject({ kind: 'int8', error: measured });
      const card = await bundle.text('MODEL_CARD.md');
      expect(card).toContain('| language model | 3 layers of width 64, 8-bit, with LoRA of rank 4 |');
      expect(card).toContain('error of the 8-bit weights over the standard deviation');
      expect(card).toContain('blocks of 32\nwith a scale. 0.005');
      expect(card).toMatch(/\n\| 0 \| 0\.005\d \|/);
      const model = await loadModel(await bundleFolder(out), runtime, { threads: 1 });
      const data = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => 127 + 120 * Math.sin(i / 40));
      const { answer } = await model.segment({ width: 64, height: 64, data }, 'Where?', { maxTokens: 8 });
      expect(answer).not.toBe('');
      await model.close();
    }
    const floats = states.get('none')!;
    const distances = ['int8', 'int4'].map((kind) => worstError(states.get(kind)!, floats));
    expect(distances[0]).toBeGreaterThan(0);
    expect(distances[0]).toBeLessThan(0.1 * distances[1]!);
  });

  it('has the language model as it is where nothing is quantised', async () => {
    await buildLlavaBundle(out, parts({ quantization: 'none' }));
    const bundle = await opened();
    const { file } = await llavaTiny();
    for (const [name, entry] of (await readLanguageCheckpoint(bundle)).tensors)
      expectSame(name, await entry.read(), await file.entries.get(name)!.read());
    expect(bundle.config.provenance.quantization).toBe('none');
    const card = await bundle.text('MODEL_CARD.md');
    expect(card).toContain('as in the checkpoint, with LoRA');
    expect(card).not.toContain('Quantisation');
  });

  it('is that of its authors, whole', async () => {
    const path = join(folder, 'released');
    const saved = await makeReleased(path);
    const released = await readReleased(await releasedFolder(path), releasedPreset);
    const whole = {
      description: { ...description(releasedPreset), trained: true },
      parameters: (from: LlavaCheckpoint) => releasedParameters(releasedPreset, from, released),
    };
    await buildLlavaBundle(out, parts(whole));
    for (const [name, { data }] of await readParameters(await opened()))
      if (/^(vision_encoder|decoder)\./.test(name)) expectSame(name, data, saved.get(name)!.data);
    const source = await openFile(join(out, 'trained.safetensors'));
    const types = [...(await readSafetensors(source)).entries.values()].map(({ type }) => type);
    await source.close();
    expect(new Set(types)).toEqual(new Set(['float32']));
    const lacking = releasedParameters(preset, { projector: new Map() }, released);
    await expect(lacking).rejects.toThrow(/preset paper-tiny has \S+, and the released model does not/);
  });

  it.each(['int4', 'int8'] as const)(
    'is gone on with after a stop, to the same bytes: %s',
    async (quantization) => {
      await buildLlavaBundle(out, parts({ quantization }));
      const whole = contents();
      await rm(out, { recursive: true });
      const stop = new AbortController();
      const onProgress = (stage: string, done: number) => {
        if (stage === 'language' && done === 2) stop.abort();
      };
      const stopped = buildLlavaBundle(out, parts({ quantization }), { onProgress, signal: stop.signal });
      await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
      expect(existsSync(out)).toBe(false);
      expect(readdirSync(unfinishedBundle(out))).toContain(UNFINISHED_FILE);
      // As a kill within the last files leaves them.
      await writeFile(join(unfinishedBundle(out), 'trained.safetensors'), 'half');
      await buildLlavaBundle(out, parts({ quantization }));
      expect(contents()).toEqual(whole);
      expect(existsSync(unfinishedBundle(out))).toBe(false);
    },
  );

  it('does not take the place of anything but a bundle that it may', async () => {
    await buildLlavaBundle(out, parts());
    await expect(buildLlavaBundle(out, parts())).rejects.toThrow('there is a bundle here already');
    await buildLlavaBundle(out, parts({ quantization: 'none' }), { replace: true });
    expect((await opened()).config.provenance.quantization).toBe('none');
    expect(readdirSync(folder).filter((name) => /\.(old|unfinished)$/.test(name))).toEqual([]);
    const other = join(folder, 'other');
    await mkdir(unfinishedBundle(other));
    await writeFile(join(unfinishedBundle(other), 'thesis.txt'), 'mine');
    await expect(buildLlavaBundle(other, parts())).rejects.toThrow('other.unfinished: this is no unfinished');
    expect(readdirSync(unfinishedBundle(other))).toEqual(['thesis.txt']);
    await rm(unfinishedBundle(other), { recursive: true });
  });
});
