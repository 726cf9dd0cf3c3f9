import {
  type AnswerFigures,
  type AnswerRow,
  JUDGE_PROMPT_VERSION,
  JUDGEMENTS,
  type JudgedRow,
  type JudgeFigures,
  scoreAnswers,
  summarizeJudgements,
} from '@prs-med/evaluation';
import {
  type JudgedAnswers,
  readAnswerRows,
  readTrainingAnswers,
  readWordNet,
} from '@prs-med/evaluation/node';
import { Interruption } from '../command-error.js';
import type { ScoreAnswersOptions } from '../commands/score.js';
import { printable } from '../printable.js';
import { interruptible } from '../process-state.js';
import { startProgress } from '../segment/progress.js';
import { answersTable } from './answers-table.js';
import { type Judge, openJudge } from './open-judge.js';

/** Figures of answers, with those of a judge where one was asked. */
export type JudgedFigures = AnswerFigures & { readonly judge?: JudgeFigures };

/** Milliseconds for what is left to say. */
const TIME_TO_END = 200;

/** `prs-med score answers`. @throws CommandError, EvaluationError or GeneratorError */
export async function runScoreAnswers(options: ScoreAnswersOptions): Promise<void> {
  const judge = openJudge(options, process.env);
  const rows = await readAnswerRows(options.file);
  const training = options.train === undefined ? undefined : await readTrainingAnswers(options.train);
  const judged = judge && (await askJudge(judge, rows));
  const synonyms = await readWordNet();
  const scores = scoreAnswers(rows, { synonyms, ...(training && { training }) });
  const withJudge = (figures: AnswerFigures, some: readonly JudgedRow[]): JudgedFigures => ({
    ...figures,
    ...(judged && { judge: summarizeJudgements(some, judged.judgements) }),
  });
  const document = {
    overall: withJudge(scores.overall, rows),
    modalities: Object.fromEntries(
      Object.entries(scores.modalities).map(([name, figures]) => [
        name,
        withJudge(
          figures,
          rows.filter(({ modality }) => modality === name),
        ),
      ]),
    ),
    baselines: scores.baselines,
    baselinesLearnedFrom: training ? 'training' : 'references',
    ...(judge && {
      judge: {
        model: judge.model,
        promptVersion: JUDGE_PROMPT_VERSION,
        judgements: JUDGEMENTS,
        replies: judge.replies,
      },
    }),
  };
  process.stdout.write(options.json ? `${JSON.stringify(document, null, 2)}\n` : answersTable(document));
}

async function askJudge(judge: Judge, rows: readonly (AnswerRow & JudgedRow)[]): Promise<JudgedAnswers> {
  const progress = await startProgress(rows.length, 'answers');
  const say = (text: string): void =>
    progress.above(() => process.stderr.write(`prs-med: ${printable(text)}\n`));
  try {
    const told = { onRow: progress.advance, onWarning: say };
    const judged = await interruptible((signal) => judge.judge(rows, signal, told));
    if (judged.requests > 0) {
      const tokens = judged.tokens > 0 ? `, ${judged.tokens.toLocaleString('en')} tokens` : '';
      say(`${judge.model}: asked ${judged.requests.toLocaleString('en')} times${tokens}`);
    }
    return judged;
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'AbortError') throw error;
    // A client that pauses between two tries does not wake, and would keep the process until then.
    setTimeout(() => process.exit(), TIME_TO_END).unref();
    throw new Interruption('run it again: replies that are there are not asked for twice', { cause: error });
  } finally {
    progress.stop();
  }
}
