import type { AnswerScores } from '@prs-med/evaluation';
import { printable } from '../printable.js';
import type { JudgedFigures } from './score-answers.js';

interface ScoredAnswers extends Pick<AnswerScores, 'baselines'> {
  readonly overall: JudgedFigures;
  readonly modalities: Readonly<Record<string, JudgedFigures>>;
}

/** The figures as an aligned table: all rows, each modality, and what constant answers reach. */
export function answersTable({ overall, modalities, baselines }: ScoredAnswers): string {
  const isJudged = overall.judge !== undefined;
  const headings = [
    '',
    'rows',
    'zone',
    'exact zones',
    'presence',
    'bleu1',
    'bleu4',
    'rouge1',
    'rougeL',
    'meteor',
    ...(isJudged ? ['judge score', 'judge right'] : []),
  ];
  const line = (name: string, figures: JudgedFigures): string[] => [
    name,
    String(figures.rows),
    percent(figures.zoneAccuracy),
    percent(figures.exactZoneSet),
    percent(figures.presenceAccuracy),
    ...[figures.bleu1, figures.bleu4, figures.rouge1, figures.rougeL, figures.meteor].map(short),
    ...(isJudged ? [short(figures.judge?.score ?? null), percent(figures.judge?.right ?? null)] : []),
  ];
  const lines = [
    headings,
    line('all', overall),
    ...Object.entries(modalities).map(([name, figures]) => line(`  ${printable(name)}`, figures)),
    ...Object.entries(baselines).map(([name, { overall: figures }]) =>
      line(BASELINES[name] ?? name, figures),
    ),
  ];
  const widths = headings.map((_, column) => Math.max(...lines.map((cells) => cells[column]!.length)));
  const rows = lines.map((cells) =>
    cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))).join('  '),
  );
  return `${rows.join('\n')}\n`;
}

const BASELINES: Readonly<Record<string, string>> = {
  commonestZone: 'always the commonest zone',
  randomAnswer: 'a random answer',
  commonestAnswer: 'always the commonest answer',
};

const percent = (share: number | null): string => (share === null ? '' : `${(100 * share).toFixed(1)} %`);

const short = (value: number | null): string => (value === null ? '' : value.toFixed(3));
