import type { BaselineName } from '../answers/baselines.js';
import type { AnswerFigures, AnswerScores } from '../answers/score-answers.js';
import {
  type Block,
  type Cell,
  cell,
  heading,
  list,
  paragraph,
  subheading,
  type TableRow,
  tableBlock,
} from './blocks.js';
import { modalityName, sortModalities } from './columns.js';
import { eachGroup } from './each-group.js';
import { figure, intervalLines, NOTHING } from './figure-text.js';
import type { PublishedFigures } from './published.js';
import type { RunGroup, ScoredRun } from './scored-run.js';

const BASELINES: Readonly<Record<BaselineName, string>> = {
  commonestZone: "constant: the modality's commonest zone",
  randomAnswer: 'random: an answer of the modality',
  commonestAnswer: 'constant: the commonest answer',
};

type Answers = NonNullable<ScoredRun['scores']['answers']>;

/** The table of position reasoning of each group, with its constant baselines, and what is published. */
export function answerBlocks(groups: readonly RunGroup[], published: PublishedFigures): Block[] {
  return [
    heading('Position reasoning'),
    paragraph(
      'In each cell: the share of answers that name a right zone and no wrong one, by the parser, with its 95 % interval; below it BLEU-4 / ROUGE-L / METEOR against the reference answer. The baselines answer without the picture: what they reach says nothing of seeing.',
    ),
    ...eachGroup(groups, (group) => [groupTable(group)]),
    subheading('Published by others'),
    list(published.positionReasoningNotes),
  ];
}

function groupTable({ runs }: RunGroup): Block {
  const answered = runs.flatMap(({ label, scores }) =>
    scores.answers ? [{ label, answers: scores.answers }] : [],
  );
  if (answered.length === 0) return paragraph('No run has answers.');
  const modalities = sortModalities(answered.flatMap(({ answers }) => Object.keys(answers.modalities)));
  const most = new Map(
    modalities.map((name) => [
      name,
      Math.max(...answered.map(({ answers }) => answers.modalities[name]?.rows ?? 0)),
    ]),
  );
  const all = Math.max(...answered.map(({ answers }) => answers.overall.rows));
  const cells = ({ overall, modalities: own }: Pick<AnswerScores, 'overall' | 'modalities'>): Cell[] => [
    ...modalities.map((name) => figuresCell(own[name], most.get(name)!)),
    figuresCell(overall, all),
  ];
  const rows: TableRow[] = runs.map(({ label, scores }) => ({
    name: label,
    cells: scores.answers ? cells(scores.answers) : [...modalities, 'all'].map(() => cell(NOTHING)),
  }));
  for (const { name, figures } of baselinesOf(answered))
    rows.push({ name, tone: 'baseline', cells: cells(figures) });
  return tableBlock({
    caption: 'Position reasoning: zone accuracy, and text scores',
    columns: [
      ['run'],
      ...modalities.map((name) => [modalityName(name), `n = ${most.get(name)}`]),
      ['all', `n = ${all}`],
    ],
    rows,
  });
}

/** Those of each run, each once: runs over the same questions share theirs. */
function baselinesOf(
  answered: readonly { readonly label: string; readonly answers: Answers }[],
): { name: string; figures: Pick<AnswerScores, 'overall' | 'modalities'> }[] {
  const different = new Map<string, { label: string; baselines: Answers['baselines'] }>();
  for (const { label, answers } of answered) {
    const key = JSON.stringify(answers.baselines);
    if (!different.has(key)) different.set(key, { label, baselines: answers.baselines });
  }
  return [...different.values()].flatMap(({ label, baselines }) =>
    (Object.keys(BASELINES) as BaselineName[]).map((name) => ({
      name: different.size > 1 ? `${BASELINES[name]} (of ${label})` : BASELINES[name],
      figures: baselines[name],
    })),
  );
}

function figuresCell(figures: AnswerFigures | undefined, usual: number): Cell {
  if (!figures) return cell(NOTHING);
  return cell(
    figure(figures.zoneAccuracy),
    ...intervalLines(figures.confidenceInterval.zoneAccuracy),
    `${figure(figures.bleu4)} / ${figure(figures.rougeL)} / ${figure(figures.meteor)}`,
    ...(figures.rows === usual ? [] : [`n = ${figures.rows}`]),
  );
}
