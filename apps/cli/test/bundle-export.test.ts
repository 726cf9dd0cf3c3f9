import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesSource, readSafetensors } from '@prs-med/nn';
import { describe, expect, it } from 'vitest';
import { expectFailure, prsMed, workFolder } from './command.js';

const folder = await workFolder();
const exported = (format: string, out = format) =>
  prsMed(['bundle', 'export', 'tiny', '--format', format, '--out', out], folder);

describe('prs-med bundle export', () => {
  it.each([
    ['peft', ['adapter_config.json', 'adapter_model.safetensors']],
    ['safetensors', ['model.safetensors']],
    [
      'onnx',
      ['vision_encoder', 'question_reader', 'mask_decoder', 'regions']
        .flatMap((part) => [`${part}.onnx.data`, `${part}.onnx`])
        .concat(['tokenizer.json', 'README.md']),
    ],
  ] as const)('writes %s', async (format, files) => {
    expect(await exported(format)).toEqual({
      status: 0,
      stderr: '',
      stdout: `${format}: tiny as ${format} (${files.join(', ')})\n`,
    });
    expect((await readdir(join(folder, format))).sort()).toEqual([...files].sort());
  });

  it('names tensors as the published code does', async () => {
    const bytes = await readFile(join(folder, 'safetensors', 'model.safetensors'));
    const { entries } = await readSafetensors(bytesSource('model.safetensors', new Uint8Array(bytes)));
    expect(entries.get('mask_decoder.head.weight')?.shape).toEqual([8, 1, 2, 2]);
    expect(entries.get('image_encoder._conv_stem.weight')?.type).toBe('float32');
  });

  it('writes a folder for the hub, which is a bundle still', async () => {
    expect((await exported('huggingface')).status).toBe(0);
    const card = await readFile(join(folder, 'huggingface', 'README.md'), 'utf8');
    expect(card).toMatch(/^---\nlicense: apache-2\.0\nlanguage: en\npipeline_tag: image-segmentation\n/);
    expect(card).toContain('**Untrained: parameters are as they were initialised.');
    expect((await prsMed(['bundle', 'check', 'huggingface'], folder)).stdout).toMatch(/^huggingface: sound/);
    const read = (name: string) => readFile(join(folder, name, 'config.json'), 'utf8');
    expect(await read('huggingface')).toBe(await read('tiny'));
  });

  it('refuses a folder in use, a format that there is not, and a damaged bundle', async () => {
    expectFailure(await exported('peft', 'tiny'), 2, 'tiny: there is something here already');
    expectFailure(await exported('keras', 'other'), 2, "'keras' is invalid");
    await writeFile(join(folder, 'huggingface', 'trained.safetensors'), 'x');
    const args = ['bundle', 'export', 'huggingface', '--format', 'safetensors', '--out', 'other'];
    expectFailure(await prsMed(args, folder), 2, 'file trained.safetensors: it has 1 bytes');
    expect((await readdir(folder)).filter((name) => /other|part/.test(name))).toEqual([]);
  });
});
