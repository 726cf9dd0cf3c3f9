import type { AnswerFigures, Breakdown, RunScores } from '@prs-med/evaluation';
import { printable } from '../printable.js';

/** A column: its heading, and its cell of a modality, or of all where that is null. */
interface Column {
  readonly heading: string;
  readonly cell: (modality: string | null) => string;
}

/**
 * The main figures of a run by modality, in a table for masks and one for answers: how well whole targets are segmented,
 * how often parts that were asked for are found and what is absent is left empty; how often answers name the right zone,
 * beside that how often answers do that were made without a look at the picture, and how often they fit their own mask.
 */
export function scoresTables(scores: RunScores): string {
  const { segmentation, answers, referring, presence, agreement } = scores;
  const modalities = [...new Set(scores.rows.map(({ modality }) => modality))].sort();
  const tables: string[] = [];
  if (segmentation) {
    tables.push(
      table(modalities, [
        column('pictures', segmentation, ({ images }) => String(images)),
        column('mDice', segmentation, ({ meanDic }) => decimals(meanDic)),
        column('mIoU', segmentation, ({ meanIoU }) => decimals(meanIoU)),
        column('Dice', segmentation, ({ dice }) => decimals(dice)),
        column('part found', referring, ({ found }) => percent(found)),
        column('absent empty', presence.absent, ({ emptyMasks }) => percent(emptyMasks)),
      ]),
    );
  }
  if (answers) {
    const { commonestZone, randomAnswer, commonestAnswer } = answers.baselines;
    const zone = (heading: string, figures: Breakdown<AnswerFigures>): Column =>
      column(heading, figures, ({ zoneAccuracy }) => percent(zoneAccuracy));
    tables.push(
      table(modalities, [
        column('answers', answers, ({ rows }) => String(rows)),
        zone('zone right', answers),
        zone('commonest zone', commonestZone),
        zone('random answer', randomAnswer),
        zone('commonest answer', commonestAnswer),
        ...(segmentation ? [column('fits mask', agreement, ({ agree }) => percent(agree))] : []),
      ]),
    );
  }
  return tables.join('\n\n');
}

function column<Figures>(
  heading: string,
  { overall, modalities }: Breakdown<Figures>,
  show: (figures: Figures) => string,
): Column {
  return {
    heading,
    cell(modality) {
      const figures = modality === null ? overall : modalities[modality];
      return figures === undefined ? '' : show(figures);
    },
  };
}

function table(modalities: readonly string[], columns: readonly Column[]): string {
  const lines = [
    ['modality', ...columns.map(({ heading }) => heading)],
    ...[...modalities, null].map((modality) => [
      printable(modality ?? 'all'),
      ...columns.map(({ cell }) => cell(modality)),
    ]),
  ];
  const widths = lines[0]!.map((_, at) => Math.max(...lines.map((line) => line[at]!.length)));
  return lines
    .map((line) =>
      line.map((text, at) => (at === 0 ? text.padEnd(widths[at]!) : text.padStart(widths[at]!))).join('  '),
    )
    .join('\n');
}

const decimals = (value: number): string => value.toFixed(3);

const percent = (share: number | null): string => (share === null ? '' : `${(100 * share).toFixed(1)} %`);
