import { answerBlocks } from './answer-blocks.js';
import { type Block, type DrawnCase, type DrawnPlot, heading, paragraph } from './blocks.js';
import { comparisonBlocks } from './comparison-blocks.js';
import { noticeBlocks } from './notice-blocks.js';
import type { PublishedFigures } from './published.js';
import { agreementBlocks, presenceBlocks, referringBlocks } from './question-blocks.js';
import { definitionBlocks, recordBlocks } from './record-blocks.js';
import type { RunGroup, ScoredRun } from './scored-run.js';
import { segmentationBlocks } from './segmentation-blocks.js';
import { zoneBlocks } from './zone-blocks.js';

/** What is drawn of a run. */
export interface Drawings {
  readonly plots: readonly DrawnPlot[];
  readonly cases: readonly DrawnCase[];
}

/** The whole report, in order. */
export function composeReport(
  groups: readonly RunGroup[],
  published: PublishedFigures,
  drawings: ReadonlyMap<ScoredRun, Drawings>,
): Block[] {
  const runs = groups.flatMap((group) => group.runs);
  const cases = runs.flatMap((run) => drawings.get(run)?.cases ?? []);
  const unreadable = cases.filter(({ hasPicture }) => !hasPicture).length;
  return [
    ...noticeBlocks(groups),
    ...segmentationBlocks(groups, published),
    ...answerBlocks(groups, published),
    ...comparisonBlocks(groups),
    ...presenceBlocks(groups),
    ...referringBlocks(groups),
    ...agreementBlocks(groups),
    ...zoneBlocks(runs),
    ...plotBlocks(runs, drawings),
    ...(cases.length === 0
      ? []
      : [
          heading('Best, median and worst'),
          paragraph(
            `By Dice at 0.5, of each modality and target.${
              unreadable === 0
                ? ''
                : ` ${unreadable} of these ${cases.length} pictures cannot be read where the run says they lie; only their outlines are drawn.`
            }`,
          ),
          ...runs.flatMap((run) => caseBlocks(run, drawings)),
        ]),
    ...recordBlocks(runs),
    ...definitionBlocks(),
  ];
}

function plotBlocks(runs: readonly ScoredRun[], drawings: ReadonlyMap<ScoredRun, Drawings>): Block[] {
  const plots = runs.flatMap((run) => drawings.get(run)?.plots ?? []);
  return plots.length === 0 ? [] : [heading('Plots'), { kind: 'plots', plots }];
}

function caseBlocks(run: ScoredRun, drawings: ReadonlyMap<ScoredRun, Drawings>): Block[] {
  const cases = drawings.get(run)?.cases ?? [];
  return cases.length === 0
    ? []
    : [
        { kind: 'subheading', text: run.label },
        { kind: 'cases', cases },
      ];
}
