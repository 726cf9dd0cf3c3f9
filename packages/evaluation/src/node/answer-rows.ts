import { ZONES } from '@prs-med/imaging';
import { z } from 'zod';
import type { AnswerRow } from '../answers/answer-row.js';
import type { TrainingAnswer } from '../answers/baselines.js';
import type { JudgedRow } from '../answers/judge-prompt.js';
import { EvaluationError } from '../evaluation-error.js';
import { readJsonLines } from './json-lines.js';

const zones = z.array(z.enum(ZONES)).optional();
const answerRow = z.object({
  id: z.string(),
  modality: z.string().min(1),
  answer: z.string(),
  prediction: z.string(),
  zones,
  group: z.string().optional(),
  question: z.string().optional(),
});
const trainingAnswer = z.object({ modality: z.string().min(1), answer: z.string(), zones });

/**
 * The rows of a JSONL file with references and predictions.
 * @throws EvaluationError naming the line that is no row or has the id of another, or the file without any
 */
export async function readAnswerRows(path: string): Promise<(AnswerRow & JudgedRow)[]> {
  const rows: (AnswerRow & JudgedRow)[] = [];
  const seen = new Set<string>();
  for await (const row of readJsonLines(path, answerRow, 'row of answers')) {
    if (seen.has(row.id)) {
      throw new EvaluationError(path, `two rows have the id ${row.id}`, 'give each an id of its own');
    }
    seen.add(row.id);
    rows.push(row);
  }
  return someOf(rows, path);
}

/**
 * The answers of a training set in a JSONL file; see `baselines`.
 * @throws EvaluationError naming the line that is no answer, or the file without any
 */
export async function readTrainingAnswers(path: string): Promise<TrainingAnswer[]> {
  const answers: TrainingAnswer[] = [];
  for await (const answer of readJsonLines(path, trainingAnswer, 'training answer')) answers.push(answer);
  return someOf(answers, path);
}

function someOf<Row>(rows: Row[], path: string): Row[] {
  if (rows.length > 0) return rows;
  throw new EvaluationError(path, 'it has no rows', 'put one JSON document on each line');
}
