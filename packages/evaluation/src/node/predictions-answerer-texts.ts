import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { EvaluationError } from '../evaluation-error.js';
import { readFailure } from './file-failure.js';
import { parseLine } from './json-lines.js';

/** A line of answers.jsonl: the text that answers a pair. */
const answerLine = z.object({ id: z.string(), answer: z.string() });

export interface PredictedTexts {
  /** By the pair's id. */
  readonly texts: ReadonlyMap<string, string>;
  /** `FILE: WHAT IS WRONG`. */
  readonly problems: readonly string[];
}

/**
 * Reads the texts that go with masks.
 * @param name what problems call the file
 * @param masked ids of the pairs that have a mask; each needs a text, and no other may have one
 * @throws EvaluationError when the file cannot be read
 */
export async function readPredictedTexts(
  path: string,
  name: string,
  masked: ReadonlySet<string>,
): Promise<PredictedTexts> {
  const texts = new Map<string, string>();
  const problems: string[] = [];
  for (const [index, line] of (await linesOf(path)).entries()) {
    if (line.trim() === '') continue;
    const where = `${name}:${index + 1}`;
    try {
      const { id, answer } = parseLine(line, answerLine, 'answer', where);
      if (!masked.has(id)) problems.push(`${where}: pair ${id} has no mask here`);
      else if (texts.has(id)) problems.push(`${where}: pair ${id} has an answer already`);
      else texts.set(id, answer);
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      problems.push(error.message);
    }
  }
  for (const id of masked) if (!texts.has(id)) problems.push(`${name}: it has no answer to pair ${id}`);
  return { texts, problems };
}

async function linesOf(path: string): Promise<string[]> {
  try {
    return (await readFile(path, 'utf8')).split('\n');
  } catch (error) {
    throw readFailure(path, error);
  }
}
