import { createReadStream } from 'node:fs';
import type { z } from 'zod';
import { EvaluationError } from '../evaluation-error.js';
import { readFailure } from './file-failure.js';

export interface JsonLineOptions {
  /** Whether a last line without its end is what a kill left of one, and passed over. */
  readonly mayBeCut?: boolean;
}

/**
 * The values of a file with one JSON document a line, read as they are asked for. Empty lines are passed over.
 * @param what a line holds, for errors: "row of answers"
 * @throws EvaluationError naming the file and line that is no JSON or not of the schema
 */
export async function* readJsonLines<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
  what: string,
  { mayBeCut = false }: JsonLineOptions = {},
): AsyncGenerator<z.infer<Schema>> {
  let number = 0;
  for await (const { text, isWhole } of readLines(path)) {
    number++;
    if (text.trim() === '' || (mayBeCut && !isWhole)) continue;
    yield parseLine(text, schema, what, `${path}:${number}`);
  }
}

/** @throws EvaluationError that names the line */
export function parseLine<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
  what: string,
  where: string,
): z.infer<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new EvaluationError(where, `this is no ${what} but no JSON at all`, 'mend or delete the line', {
      cause,
    });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new EvaluationError(where, `this is no ${what}: ${problemOf(parsed.error)}`, 'mend the line', {
    cause: parsed.error,
  });
}

/** The first thing that a schema finds wrong. */
export function problemOf({ issues }: z.ZodError): string {
  const [issue] = issues;
  if (issue === undefined) return 'it is not of the form';
  const place = issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
  return `${place}${issue.message}`;
}

async function* readLines(
  path: string,
): AsyncGenerator<{ readonly text: string; readonly isWhole: boolean }> {
  let rest = '';
  try {
    for await (const chunk of createReadStream(path, { encoding: 'utf8', highWaterMark: 1 << 20 })) {
      const lines = (rest + (chunk as string)).split('\n');
      rest = lines.pop()!;
      for (const text of lines) yield { text, isWhole: true };
    }
  } catch (error) {
    throw error instanceof EvaluationError ? error : readFailure(path, error);
  }
  if (rest !== '') yield { text: rest, isWhole: false };
}
