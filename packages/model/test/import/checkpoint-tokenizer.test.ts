import { readFileSync } from 'node:fs';
import { bytesSource } from '@prs-med/nn';
import { describe, expect, it } from 'vitest';
import { readCheckpointTokenizer } from '../../src/import/checkpoint-tokenizer.js';
import { byteTokenizer, loadTokenizer } from '../../src/index.js';

const sentencePiece = readFileSync(new URL('../fixtures/sentencepiece.model', import.meta.url));
const config = { bos_token: '<|endoftext|>', eos_token: '<|im_end|>' };

/** Reads the tokenizer of a folder of these files for a model of so many tokens. */
function read(files: Readonly<Record<string, string | Uint8Array>>, vocabulary: number) {
  const open = async (file: string) => bytesSource(file, Buffer.from(files[file]!));
  return readCheckpointTokenizer({ name: 'folder', files: new Set(Object.keys(files)), open }, vocabulary);
}

describe("a checkpoint's tokenizer", () => {
  it('is made of a SentencePiece model, whatever says so beside it', async () => {
    const made = await read({ 'tokenizer.model': sentencePiece, 'tokenizer_config.json': '{}' }, 1200);
    const tokenizer = loadTokenizer(made.get('tokenizer.json')!, made.get('tokenizer_config.json'));
    expect([tokenizer.startToken, tokenizer.endToken]).toEqual([1, 2]);
  });

  it('is kept as it is where it is in the form of a bundle', async () => {
    const files = { 'tokenizer.json': byteTokenizer(320), 'tokenizer_config.json': JSON.stringify(config) };
    const kept = await read({ ...files, 'tokenizer.model': sentencePiece, 'notes.txt': '' }, 320);
    expect(Object.fromEntries(kept)).toEqual(files);
  });

  it('counts each id once, those that were added too', async () => {
    const json = JSON.parse(byteTokenizer(300));
    json.added_tokens.push({ ...json.added_tokens[0], id: 300, content: '<image>' });
    const files = { 'tokenizer.json': JSON.stringify(json), 'tokenizer_config.json': JSON.stringify(config) };
    expect((await read(files, 301)).size).toBe(2);
    await expect(read(files, 300)).rejects.toThrow('it has 301 tokens and the model');
  });

  it.each([
    ['there is none', {}, 'folder: there is neither tokenizer.json nor tokenizer.model; copy the whole'],
    [
      'it has fewer tokens',
      { 'tokenizer.model': sentencePiece },
      "folder, file tokenizer.model: it has 1200 tokens and the model's config.json says 1201; give the",
    ],
    [
      'no last token is named',
      { 'tokenizer.json': byteTokenizer(1201), 'tokenizer_config.json': '{"bos_token": "<|endoftext|>"}' },
      'folder, file tokenizer.json: eos_token is not named beside it; copy tokenizer_config.json too',
    ],
    [
      'nothing is beside it',
      { 'tokenizer.json': byteTokenizer(1201) },
      'bos_token is not named beside it; copy tokenizer_config.json too',
    ],
    [
      'it is no JSON',
      { 'tokenizer.json': '{' },
      'file tokenizer.json: it cannot be used (tokenizer.json: it',
    ],
    ['it is cut off', { 'tokenizer.model': sentencePiece.subarray(0, 4000) }, 'file tokenizer.model: it can'],
  ])('is refused where %s', async (_, files, problem) => {
    await expect(read(files, 1201)).rejects.toThrow(problem);
    await expect(read(files, 1201)).rejects.toMatchObject({ name: 'WeightFileError' });
  });
});
