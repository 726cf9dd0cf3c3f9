import { WeightFileError } from '@prs-med/nn';
import { z } from 'zod';
import { SENTENCEPIECE_MODEL, tokenizerFilesOfSentencePiece } from '../language/sentencepiece.js';
import { loadTokenizer } from '../language/tokenizer.js';
import { TOKENIZER_CONFIG_JSON, TOKENIZER_JSON } from '../language/tokenizer-files.js';
import { type CheckpointFiles, readText } from '../llava/checkpoint.js';

const REMEDY = "give the tokenizer that came with the checkpoint's weights";

/** The part of `tokenizer.json` that says which ids there are. */
const idsSchema = z.looseObject({
  added_tokens: z.array(z.looseObject({ id: z.int().nonnegative() })).default([]),
  model: z.looseObject({ vocab: z.record(z.string(), z.int().nonnegative()) }),
});

/**
 * A checkpoint's tokenizer as a bundle has it, text by file name: `tokenizer.json` and `tokenizer_config.json` as they
 * are, or made of a SentencePiece `tokenizer.model`.
 * @param vocabulary how many tokens the model has embeddings of
 * @throws WeightFileError when there is none, it cannot be read here, names no first or last token, or has another
 * number of tokens
 */
export async function readCheckpointTokenizer(
  checkpoint: CheckpointFiles,
  vocabulary: number,
): Promise<Map<string, string>> {
  const from = [TOKENIZER_JSON, SENTENCEPIECE_MODEL].find((name) => checkpoint.files.has(name));
  if (from === undefined) {
    const problem = `there is neither ${TOKENIZER_JSON} nor ${SENTENCEPIECE_MODEL}`;
    throw new WeightFileError(checkpoint.name, problem, 'copy the whole checkpoint');
  }
  const where = `${checkpoint.name}, file ${from}`;
  try {
    const files = await filesOf(checkpoint, from);
    const text = files.get(TOKENIZER_JSON)!;
    const { startToken, endToken } = loadTokenizer(text, files.get(TOKENIZER_CONFIG_JSON));
    if (startToken === undefined || endToken === undefined) {
      const problem = `${startToken === undefined ? 'bos_token' : 'eos_token'} is not named beside it`;
      throw new WeightFileError(where, problem, `copy ${TOKENIZER_CONFIG_JSON} too`);
    }
    const count = countTokens(text);
    if (count !== vocabulary) {
      const problem = `it has ${count} tokens and the model's config.json says ${vocabulary}`;
      throw new WeightFileError(where, problem, REMEDY);
    }
    return files;
  } catch (error) {
    if (error instanceof WeightFileError) throw error;
    const problem = error instanceof Error ? error.message : String(error);
    throw new WeightFileError(where, `it cannot be used (${problem})`, REMEDY, { cause: error });
  }
}

async function filesOf(checkpoint: CheckpointFiles, from: string): Promise<Map<string, string>> {
  if (from === SENTENCEPIECE_MODEL) {
    const source = await checkpoint.open(from);
    return tokenizerFilesOfSentencePiece(await source.read(0, source.size));
  }
  const names = [TOKENIZER_JSON, TOKENIZER_CONFIG_JSON].filter((name) => checkpoint.files.has(name));
  const files = new Map<string, string>();
  for (const name of names) files.set(name, await readText(checkpoint, name));
  return files;
}

/** Ids are counted, not the texts: some added tokens are in the vocabulary as well. */
function countTokens(tokenizerText: string): number {
  const { model, added_tokens } = idsSchema.parse(JSON.parse(tokenizerText));
  return new Set([...Object.values(model.vocab), ...added_tokens.map(({ id }) => id)]).size;
}
