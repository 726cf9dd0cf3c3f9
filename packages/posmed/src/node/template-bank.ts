import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { DatasetError } from '../dataset/dataset-error.js';
import { parseBank, type TemplateBank } from '../questions/bank.js';

/** Where the bank that comes with the package lies. */
const SHIPPED = fileURLToPath(new URL('../../data', import.meta.url));

/**
 * Reads a template bank.
 * @param folder holds questions.csv and answers.csv; the package's own by default
 * @throws DatasetError that names the file that is missing, or the row that is wrong
 */
export async function readTemplateBank(folder: string = SHIPPED): Promise<TemplateBank> {
  const files = { questions: path.join(folder, 'questions.csv'), answers: path.join(folder, 'answers.csv') };
  const [questions, answers] = await Promise.all([readText(files.questions), readText(files.answers)]);
  return parseBank(questions, answers, files);
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { message } = error as Error;
    throw new DatasetError(file, `it cannot be read: ${message}`, 'give a folder with a template bank', {
      cause: error,
    });
  }
}
