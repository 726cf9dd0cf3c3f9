import { cp, mkdir, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { bytesSource, readSafetensors } from '@prs-med/nn';
import { beforeAll, describe, expect, it } from 'vitest';
import { llavaTinyAdapterPath } from '../../../packages/model/test/llava/tiny-llava.js';
import {
  deepPreset,
  makeDeepLlava,
  makeLlava,
  makeReleased,
  preset,
  releasedPreset,
  writeTinySam,
  writeTokenizer,
} from '../../../packages/model/test/node/made-llava.js';
import { type CommandResult, expectFailure, fixture, prsMed, workFolder } from './command.js';

const folder = await workFolder({ bundle: false });
const SECOND = 'model-00002-of-00002.safetensors';
/** Enough layers for a process to be found at work. */
const LAYERS = 24;

beforeAll(async () => {
  await makeLlava(join(folder, 'llava'));
  await makeDeepLlava(join(folder, 'deep'), LAYERS);
  await writeTinySam(join(folder, 'tinysam.pth'));
  await makeReleased(join(folder, 'released'));
  await cp(llavaTinyAdapterPath, join(folder, 'adapter'), { recursive: true });
  for (const [name, of] of Object.entries({
    tiny: preset,
    deep: deepPreset(LAYERS),
    released: releasedPreset,
  }))
    await writeFile(join(folder, `${name}.json`), JSON.stringify(of));
}, 60_000);

const build = (...args: string[]) => prsMed(['bundle', 'build', ...args], folder);
const fromTiny = ['--preset', 'tiny.json', '--llava', 'llava'];
const whole = [...fromTiny, '--tinysam', 'tinysam.pth'];
const done = (out: string, presetFile: string, state = ' (untrained)'): CommandResult => ({
  status: 0,
  stdout: `${out}: a bundle of preset ${presetFile}${state}\n`,
  stderr: '',
});
/** Asks a bundle about a picture, as a user does. */
async function expectAnswer(model: string): Promise<void> {
  const out = `${model}-masks`;
  const ask = ['segment', fixture('rgb.png'), '-q', 'Where is it?', '--model', model, '--out', out, '--json'];
  const asked = await prsMed(ask, folder);
  expect(asked).toMatchObject({ status: 0, stderr: '' });
  expect(JSON.parse(asked.stdout).results[0].mask).toBe(`${out}/rgb.mask.png`);
}
const configOf = async (out: string) => JSON.parse(await readFile(join(folder, out, 'config.json'), 'utf8'));

describe('prs-med bundle build with LLaVA', () => {
  it('makes a bundle that is sound, says what it is of, and answers', async () => {
    expect(await build(...whole, '--adapter', 'adapter', '--out', 'made')).toEqual(done('made', 'tiny.json'));
    expect((await prsMed(['bundle', 'check', 'made'], folder)).stdout).toMatch(/^made: sound; 10 files/);
    const { provenance, licences } = await configOf('made');
    expect(provenance).toMatchObject({
      tinysamSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      adapterSha256: {
        'adapter_config.json': expect.any(String),
        'adapter_model.safetensors': expect.any(String),
      },
      llavaSha256: { 'config.json': expect.any(String), [SECOND]: expect.any(String) },
      quantization: { kind: 'int4' },
    });
    expect(licences.map(({ source }: { source: string }) => source)).toContain(
      'TinySAM (xinghaochen/TinySAM on GitHub)',
    );
    await expectAnswer('made');
  });

  it('stores the weights in 8 bits on demand, and makes a bundle that is sound and answers', async () => {
    const args = [...whole, '--adapter', 'adapter', '--quantize', 'int8', '--out', 'eight'];
    expect(await build(...args)).toEqual(done('eight', 'tiny.json'));
    expect((await prsMed(['bundle', 'check', 'eight'], folder)).stdout).toMatch(/^eight: sound; 10 files/);
    const { provenance, files } = await configOf('eight');
    expect(provenance.quantization).toMatchObject({ kind: 'int8', error: { mean: expect.any(Number) } });
    const four = (await configOf('made')).files;
    const layer = 'language-00001-of-00004.safetensors';
    // 34 bytes a block for 18 and a nibble.
    expect(files[layer].bytes / four[layer].bytes).toBeGreaterThan(1.5);
    expect(files[layer].bytes / four[layer].bytes).toBeLessThan(1.9);
    const described = await prsMed(['bundle', 'describe', 'eight'], folder);
    expect(described.stdout).toContain('int8');
    await expectAnswer('eight');
    expect(
      (await prsMed(['bundle', 'export', 'eight', '--format', 'peft', '--out', 'peft'], folder)).status,
    ).toBe(0);
  });

  it('keeps the weights as they are on demand, and takes trained parameters', async () => {
    expect(await build(...whole, '--quantize', 'none', '--out', 'floats')).toEqual(
      done('floats', 'tiny.json'),
    );
    const { provenance, files } = await configOf('floats');
    expect(provenance.quantization).toBe('none');
    expect(files['language-00001-of-00004.safetensors'].bytes).toBeGreaterThan(4 * 30_000);
    const trained = [...fromTiny, '--checkpoint', 'floats', '--quantize', 'none', '--out', 'trained'];
    expect(await build(...trained)).toEqual(done('trained', 'tiny.json', ''));
    const again = (await configOf('trained')).files;
    for (const name of [
      'trained.safetensors',
      'vision-tower.safetensors',
      'language-00002-of-00004.safetensors',
    ])
      expect(again[name]).toEqual(files[name]);
    expect((await prsMed(['bundle', 'check', 'trained'], folder)).status).toBe(0);
  });

  it('takes the released model', async () => {
    const args = ['--preset', 'released.json', '--llava', 'llava', '--released', 'released'];
    expect(await build(...args, '--out', 'theirs')).toEqual(done('theirs', 'released.json', ''));
    expect(Object.keys((await configOf('theirs')).provenance.releasedSha256)).toEqual([
      'image_encoder.pth',
      'lora_adapter/adapter_config.json',
      'lora_adapter/adapter_model.safetensors',
      'mask_decoder.pth',
    ]);
  });

  it('is written for other programs', async () => {
    const write = (format: string) =>
      prsMed(['bundle', 'export', 'made', '--format', format, '--out', `made-${format}`], folder);
    for (const format of ['onnx', 'peft', 'safetensors', 'huggingface'])
      expect(await write(format)).toMatchObject({ status: 0, stderr: '' });
    const namesIn = async (path: string) => {
      const bytes = new Uint8Array(await readFile(join(folder, path)));
      return [...(await readSafetensors(bytesSource(path, bytes))).entries.keys()];
    };
    const adapter = await namesIn('made-peft/adapter_model.safetensors');
    expect(adapter).toHaveLength(3 * 4 * 2);
    expect(adapter).toContain('base_model.model.model.layers.2.self_attn.o_proj.lora_B.weight');
    const trained = await namesIn('made-safetensors/model.safetensors');
    for (const name of [
      'image_encoder.patch_embed.seq.0.c.weight',
      'mm_projector.2.weight',
      'fusion.zones.weight',
    ])
      expect(trained).toContain(name);
    expect(await readdir(join(folder, 'made-onnx'))).toContain('vision_tower.onnx');
    expect((await prsMed(['bundle', 'check', 'made-huggingface'], folder)).status).toBe(0);
  });

  it('replaces a bundle only when told to', async () => {
    expectFailure(
      await build(...whole, '--out', 'floats'),
      2,
      'floats: there is a bundle here already',
      '--force',
    );
    expect((await build(...whole, '--out', 'floats', '--force')).status).toBe(0);
    expect((await configOf('floats')).provenance.quantization).toMatchObject({ kind: 'int4' });
  });
});

describe('a build that is ended', () => {
  const args = ['--preset', 'deep.json', '--llava', 'deep', '--tinysam', 'tinysam.pth', '--out', 'deep-made'];
  const unfinished = join(folder, 'deep-made.unfinished');
  const shards = async () =>
    Object.keys(JSON.parse(await readFile(join(unfinished, 'unfinished.json'), 'utf8')).shards).length;

  /** Ends the process by a signal once it has written some layers. */
  async function endedBy(signal: NodeJS.Signals): Promise<CommandResult> {
    let running = true;
    const result = prsMed(['bundle', 'build', ...args], folder, {}, async (child) => {
      while (running) {
        await setTimeout(2);
        if ((await shards().catch(() => 0)) < 3) continue;
        child.kill(signal);
        return;
      }
    });
    return result.finally(() => {
      running = false;
    });
  }

  it('by a kill leaves no bundle, and goes on to the same bytes', async () => {
    expect((await build(...args)).status).toBe(0);
    const undisturbed = await configOf('deep-made');
    await rename(join(folder, 'deep-made'), join(folder, 'undisturbed'));
    expect(await endedBy('SIGKILL')).toMatchObject({ status: null, stdout: '', stderr: '' });
    expect(await readdir(folder)).not.toContain('deep-made');
    const kept = await shards();
    expect(kept).toBeGreaterThanOrEqual(3);
    expect(kept).toBeLessThan(LAYERS);
    expect(await build(...args)).toEqual(done('deep-made', 'deep.json'));
    // It holds the sums of all other files.
    expect(await configOf('deep-made')).toEqual(undisturbed);
    expect((await readdir(join(folder, 'deep-made'))).sort()).toEqual(
      (await readdir(join(folder, 'undisturbed'))).sort(),
    );
    expect((await prsMed(['bundle', 'check', 'deep-made'], folder)).status).toBe(0);
    await rm(join(folder, 'deep-made'), { recursive: true });
  });

  it('by Ctrl-C says how to go on, and is not gone on with from other files', async () => {
    const result = await endedBy('SIGINT');
    expectFailure(
      result,
      130,
      'bundle build: interrupted; run it again to go on: what is done is in',
      'deep-made',
    );
    const otherwise = await build(...args, '--quantize', 'int8');
    expectFailure(otherwise, 2, 'deep-made.unfinished: it was begun with quantisation int4, not int8;');
    await writeFile(
      join(folder, 'deep', 'tokenizer_config.json'),
      '{"bos_token":"<|im_start|>","eos_token":"<|im_end|>"}',
    );
    expectFailure(await build(...args), 2, 'it was begun from other files (tokenizer_config.json)');
    expect(await readdir(folder)).not.toContain('deep-made');
    await rm(unfinished, { recursive: true });
  });
});

describe('what a bundle with LLaVA cannot be built of', () => {
  /** A copy of a folder with something about it changed. */
  async function changed(
    name: string,
    from: string,
    change: (path: string) => Promise<unknown>,
  ): Promise<string> {
    await cp(join(folder, from), join(folder, name), { recursive: true });
    await change(join(folder, name));
    return name;
  }
  const llavaLike = async (change: (path: string) => Promise<unknown>) => {
    await rm(join(folder, 'changed'), { recursive: true, force: true });
    return [
      '--preset',
      'tiny.json',
      '--tinysam',
      'tinysam.pth',
      '--llava',
      await changed('changed', 'llava', change),
    ];
  };
  const cases: [string, () => Promise<string[]> | string[], string[]][] = [
    [
      'no checkpoint',
      () => ['--preset', 'paper'],
      ['bundle build: preset paper needs a LLaVA checkpoint', '--llava'],
    ],
    [
      'no TinySAM',
      () => fromTiny,
      ['preset paper-tiny needs a vision encoder', 'tinysam_42.3.pth', '--tinysam'],
    ],
    [
      'a TinySAM that is not there',
      () => [...fromTiny, '--tinysam', 'no.pth'],
      ['no.pth: there is no such file'],
    ],
    [
      'another file as TinySAM',
      () => [...fromTiny, '--tinysam', join('released', 'mask_decoder.pth')],
      ['mask_decoder.pth: its tensors are not'],
    ],
    [
      'EfficientNet',
      () => [...fromTiny, '--encoder', 'x.pth'],
      ['x.pth: --encoder is of no use', '--tinysam'],
    ],
    ['a GGUF', () => [...whole, '--gguf', 'x'], ['--gguf is of no use: preset tiny.json has']],
    [
      'LLaVA for a preset without',
      () => ['--preset', 'tiny', '--llava', 'llava'],
      ['--llava is of no use: preset tiny has'],
    ],
    [
      'a checkpoint that is not there',
      () => ['--preset', 'tiny.json', '--tinysam', 'tinysam.pth', '--llava', 'no'],
      ['no: the folder cannot be read'],
    ],
    [
      'another vocabulary',
      () => llavaLike((path) => writeTokenizer(path, 321)),
      [
        "changed, file tokenizer.json: it has 321 tokens and the model's config.json says 320; give the tokenizer",
      ],
    ],
    [
      'no tokenizer',
      () => llavaLike((path) => rm(join(path, 'tokenizer.json'))),
      ['changed: there is neither tokenizer.json nor tokenizer.model; copy the whole checkpoint'],
    ],
    [
      'a missing shard',
      () => llavaLike((path) => rm(join(path, SECOND))),
      [`changed: there is no ${SECOND}; copy the whole checkpoint`],
    ],
    [
      'a shard that is cut off',
      () => llavaLike((path) => truncate(join(path, SECOND), 200_000)),
      [`${SECOND}: `, 'damaged or cut off'],
    ],
    [
      'half a download',
      () => llavaLike((path) => rename(join(path, SECOND), join(path, `${SECOND}.incomplete`))),
      [`changed: ${SECOND}.incomplete is half a download; finish the download`],
    ],
    [
      'another shape',
      () => ['--preset', 'paper', '--llava', 'llava', '--tinysam', 'tinysam.pth'],
      ['llava, file config.json: language.vocabulary is 320 and should be 32000'],
    ],
    [
      'an adapter of another rank',
      async () => [
        ...whole,
        '--adapter',
        await changed('rank', 'adapter', async (path) => {
          const file = join(path, 'adapter_config.json');
          await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), r: 8 }));
        }),
      ],
      ['adapter_config.json: its rank is 8 and its alpha 8, where 4 and 8 are wanted'],
    ],
    [
      'an adapter of another base',
      () => ['--preset', 'deep.json', '--llava', 'deep', '--tinysam', 'tinysam.pth', '--adapter', 'adapter'],
      [
        'adapter_model.safetensors: its tensors are not',
        'missing: model.layers.3.self_attn.q_proj.lora_A.weight',
      ],
    ],
    ['no adapter', () => [...whole, '--adapter', 'no'], ['no: there is no such folder']],
    [
      'an adapter beside trained parameters',
      () => [...fromTiny, '--trained', 'x', '--adapter', 'y'],
      ['--trained and --adapter are both given'],
    ],
    [
      'TinySAM beside the released model',
      () => [...whole, '--released', 'released'],
      ['--released and --tinysam are both given'],
    ],
    [
      'the released model for another preset',
      () => [...fromTiny, '--released', 'released'],
      ['released: preset paper-tiny has another decoder', 'paper-released'],
    ],
    ['2 bits', () => [...whole, '--quantize', 'int2'], ['Allowed choices are int4, int8, none']],
  ];
  it.each(cases)('%s', async (_, args, parts) => {
    expectFailure(await build(...(await args()), '--out', 'nothing'), 2, ...parts);
    expect((await readdir(folder)).filter((name) => name.startsWith('nothing'))).toEqual([]);
  });

  it('a place that other files have', async () => {
    await mkdir(join(folder, 'mine.unfinished'));
    await writeFile(join(folder, 'mine.unfinished', 'thesis.txt'), 'mine');
    expectFailure(await build(...whole, '--out', 'mine'), 2, 'mine.unfinished: this is no unfinished bundle');
    // A checkpoint has a config.json as well, and is not what --force may replace.
    expectFailure(
      await build(...whole, '--out', 'llava', '--force'),
      2,
      'llava: the folder llava holds other',
    );
  });
});
