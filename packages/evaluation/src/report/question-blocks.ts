import type { Breakdown } from '../run/breakdown.js';
import { type Block, type Cell, cell, heading, paragraph, type TableRow, tableBlock } from './blocks.js';
import { modalityName, sortModalities } from './columns.js';
import { eachGroup } from './each-group.js';
import { figure, figureCell, NOTHING } from './figure-text.js';
import type { RunGroup, ScoredRun } from './scored-run.js';

/** One figure of a run, over all rows and by modality. */
interface Measure {
  readonly name: string;
  readonly values: Breakdown<Cell>;
}

/** What is asked for and is not there, or is. */
export function presenceBlocks(groups: readonly RunGroup[]): Block[] {
  return [
    heading('What is there and what is not'),
    paragraph(
      'Questions about a target or a zone where nothing is have an empty mask as their truth. Right is an empty mask and an answer that denies; of what is there both are misses. The area under the curve says how well the probability of presence tells the two apart: 0.5 is guessing.',
    ),
    ...eachGroup(groups, ({ runs }) => [
      measureTable('Absent and present', runs, presenceMeasures),
      kindTable(runs),
    ]),
  ];
}

function presenceMeasures({ scores: { presence } }: ScoredRun): Measure[] {
  const { absent, present, areaUnderCurve } = presence;
  return [
    measure('absent, mask empty', absent, ({ emptyMasks, rows }) => counted(emptyMasks, rows)),
    measure('absent, answer denies', absent, ({ denials, rows }) => counted(denials, rows)),
    measure('present, mask empty', present, ({ emptyMasks, rows }) => counted(emptyMasks, rows)),
    measure('present, answer denies', present, ({ denials, rows }) => counted(denials, rows)),
    measure('area under the curve', areaUnderCurve, figureCell),
  ];
}

function kindTable(runs: readonly ScoredRun[]): Block {
  const kinds = [...new Set(runs.flatMap(({ scores }) => Object.keys(scores.presence.absent.kinds)))].sort();
  if (kinds.length === 0) return paragraph('No question was about something that is not there.');
  return tableBlock({
    caption: 'Absent, by kind of question',
    columns: [
      ['run'],
      ...kinds.flatMap((kind) => [
        [kind, 'mask empty'],
        [kind, 'answer denies'],
      ]),
    ],
    rows: runs.map(({ label, scores }) => ({
      name: label,
      cells: kinds.flatMap((kind) => {
        const own = scores.presence.absent.kinds[kind];
        return [counted(own?.emptyMasks, own?.rows), counted(own?.denials, own?.rows)];
      }),
    })),
  });
}

/** Questions for a part of the target: does the mask move when the question does? */
export function referringBlocks(groups: readonly RunGroup[]): Block[] {
  const blocks = eachGroup(groups, ({ runs }) => {
    const some = runs.filter(({ scores }) => scores.referring.overall.rows > 0);
    return some.length === 0
      ? []
      : [measureTable('Referring questions', some, referringMeasures), referringKindTable(some)];
  });
  return [
    heading('Referring questions'),
    paragraph(
      'Questions for what lies in a zone or on a side, or for the largest. Found: Dice above 0.5 with what was asked for and below 0.2 with the rest of the target. Contrasted are those alone whose target has other parts, so that the mask must move with the question.',
    ),
    ...(blocks.length > 0 ? blocks : [paragraph('There are none with a mask to score.')]),
  ];
}

function referringMeasures({ scores: { referring } }: ScoredRun): Measure[] {
  return [
    measure('Dice with what was asked for', referring, ({ dice, rows }) => counted(dice, rows)),
    measure('found', referring, ({ found, rows }) => counted(found, rows)),
    measure('found, contrasted', referring, ({ contrasted }) => counted(contrasted.found, contrasted.rows)),
    measure('left or right of two lungs, found', referring.lungs, ({ found, rows }) => counted(found, rows)),
  ];
}

function referringKindTable(runs: readonly ScoredRun[]): Block {
  const kinds = [...new Set(runs.flatMap(({ scores }) => Object.keys(scores.referring.kinds)))].sort();
  return tableBlock({
    caption: 'Referring, by kind of question',
    columns: [
      ['run'],
      ...kinds.flatMap((kind) => [
        [kind, 'Dice'],
        [kind, 'found, contrasted'],
      ]),
    ],
    rows: runs.map(({ label, scores }) => ({
      name: label,
      cells: kinds.flatMap((kind) => {
        const own = scores.referring.kinds[kind];
        return [counted(own?.dice, own?.rows), counted(own?.contrasted.found, own?.contrasted.rows)];
      }),
    })),
  });
}

/** Whether answers say where their own masks are. */
export function agreementBlocks(groups: readonly RunGroup[]): Block[] {
  return [
    heading('Agreement of answer and mask'),
    paragraph(
      'The share of answers that say where their own mask is, right or wrong: they name its zone, or those of all its clear regions, or they deny and it is empty. Silent answers name no zone and do not deny.',
    ),
    ...eachGroup(groups, ({ runs }) => [
      measureTable('Answer and mask', runs, ({ scores: { agreement } }) => [
        measure('agree', agreement, ({ agree, rows }) => counted(agree, rows)),
        measure('silent', agreement, ({ silent }) => cell(String(silent))),
      ]),
    ]),
  ];
}

function measure<Figures>(name: string, of: Breakdown<Figures>, write: (figures: Figures) => Cell): Measure {
  return {
    name,
    values: {
      overall: write(of.overall),
      modalities: Object.fromEntries(
        Object.entries(of.modalities).map(([modality, figures]) => [modality, write(figures)]),
      ),
    },
  };
}

/** A figure and of how many rows it is. */
const counted = (value: number | null | undefined, rows: number | undefined): Cell =>
  value === null || value === undefined ? cell(NOTHING) : cell(figure(value), `n = ${rows}`);

/** A row for each measure of a run; of several runs, the runs below each measure. */
function measureTable(
  caption: string,
  runs: readonly ScoredRun[],
  measuresOf: (run: ScoredRun) => readonly Measure[],
): Block {
  const measured = runs.map((run) => ({ label: run.label, measures: measuresOf(run) }));
  const modalities = sortModalities(
    measured.flatMap(({ measures }) => measures.flatMap(({ values }) => Object.keys(values.modalities))),
  );
  const row = (name: string, { values }: Measure): TableRow => ({
    name,
    cells: [...modalities.map((modality) => values.modalities[modality] ?? cell(NOTHING)), values.overall],
  });
  const [first, ...others] = measured;
  const rows = (first?.measures ?? []).flatMap((one, i) =>
    others.length === 0
      ? [row(one.name, one)]
      : [{ name: one.name, cells: [] }, ...measured.map(({ label, measures }) => row(label, measures[i]!))],
  );
  const head = others.length === 0 ? 'measure' : 'measure and run';
  return tableBlock({
    caption,
    columns: [[head], ...modalities.map((name) => [modalityName(name)]), ['all']],
    rows,
  });
}
