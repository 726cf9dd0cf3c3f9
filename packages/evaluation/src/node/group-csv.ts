import { readFile } from 'node:fs/promises';
import { type CsvError, parse } from 'csv-parse/browser/esm/sync';
import { z } from 'zod';
import { EvaluationError } from '../evaluation-error.js';
import { readFailure } from './file-failure.js';

const rows = z.array(z.object({ stem: z.string().min(1), group: z.string().min(1) }));

/**
 * The groups of pictures, by stem: a CSV file with the columns `stem` and `group`; others are passed over.
 * @throws EvaluationError when it cannot be read, lacks a column or a value, or gives a stem two groups
 */
export async function readGroups(path: string): Promise<ReadonlyMap<string, string>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw readFailure(path, error);
  }
  const groups = new Map<string, string>();
  for (const { stem, group } of parseRows(text, path)) {
    const known = groups.get(stem);
    if (known !== undefined && known !== group) {
      throw new EvaluationError(path, `${stem} is in ${known} and in ${group}`, 'give it one group');
    }
    groups.set(stem, group);
  }
  return groups;
}

function parseRows(text: string, path: string): z.infer<typeof rows> {
  let records: unknown;
  try {
    records = parse(text, { columns: true, bom: true, skip_empty_lines: true, trim: true });
  } catch (error) {
    const { message } = error as CsvError;
    throw new EvaluationError(path, `it is no CSV: ${message}`, 'mend it', { cause: error });
  }
  const parsed = rows.safeParse(records);
  if (parsed.success) return parsed.data;
  throw new EvaluationError(path, 'a row lacks its stem or group', 'give it the columns "stem" and "group"', {
    cause: parsed.error,
  });
}
