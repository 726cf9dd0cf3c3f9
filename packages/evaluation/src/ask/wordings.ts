import { ZONES, type Zone } from '@prs-med/imaging';
import {
  createRandom,
  type DatasetImage,
  EXPORTED_STATUSES,
  type PairKind,
  type PairRow,
} from '@prs-med/posmed';
import { type CsvError, parse } from 'csv-parse/browser/esm/sync';
import { EvaluationError } from '../evaluation-error.js';
import type { ChosenPair } from './choose-pairs.js';

/** What a wording asks for: all of a target, what lies on a side, in a half or in a zone, or something that is not there. */
const WORDING_ASKS = ['whole', 'left', 'right', 'top', 'bottom', ...ZONES, 'absent'] as const;

const PLACE_KINDS: ReadonlySet<PairKind> = new Set(['refer-side', 'refer-zone', 'absent-zone']);

/** A question in somebody's own words, to be asked of pictures that it fits. */
export interface Wording {
  /** The target's name as the data set has it, such as "lung infection". */
  readonly target: string;
  readonly asks: (typeof WORDING_ASKS)[number];
  readonly question: string;
}

const COLUMNS = ['target', 'asks', 'question'] as const;

/**
 * Reads a CSV file of wordings: columns target, asks and question.
 * @throws EvaluationError that names the file, the row and what is wrong with it
 */
export function parseWordings(csv: string, file: string): Wording[] {
  let records: { record: Record<string, string>; info: { lines: number } }[];
  try {
    // csv-parse types `info: true` as plain records.
    records = parse(csv, {
      bom: true,
      info: true,
      skip_empty_lines: true,
      trim: true,
      columns: true,
    }) as unknown as typeof records;
  } catch (error) {
    const { code, message } = error as CsvError;
    if (!code) throw error;
    throw new EvaluationError(file, `it is no well-formed CSV: ${message}`, 'mend it in a spreadsheet', {
      cause: error,
    });
  }
  if (records.length === 0) throw new EvaluationError(file, 'it has no rows', 'add one for each question');
  return records.map(({ record, info }) => {
    const where = `${file}: row ${info.lines}`;
    const missing = COLUMNS.filter((column) => !record[column]);
    if (missing.length > 0)
      throw new EvaluationError(
        where,
        `it has no ${missing.join(' and no ')}`,
        `the columns are ${COLUMNS.join(', ')}`,
      );
    const { target, asks, question } = record as Record<(typeof COLUMNS)[number], string>;
    const known = WORDING_ASKS.find((name) => name === asks);
    if (known === undefined)
      throw new EvaluationError(
        where,
        `"${asks}" is nothing to ask for`,
        `write one of ${WORDING_ASKS.join(', ')}`,
      );
    return { target, asks: known, question };
  });
}

/** An image with the pairs that are asked of it. */
export type WordedImage = Pick<DatasetImage, 'image' | 'targets'> & {
  readonly chosen: readonly ChosenPair[];
};

/**
 * Asks each wording of up to `perWording` images that have a pair which asks for the same: the pair's truth and answer
 * stand, its question is the wording. Images are drawn by the seed, whatever the order of the others.
 * @throws EvaluationError for wordings that fit no image
 */
export async function chooseWordings(
  images: AsyncIterable<DatasetImage>,
  wordings: readonly Wording[],
  perWording: number,
  seed: number,
): Promise<WordedImage[]> {
  const drawn = wordings.map((): { place: number; image: DatasetImage; pair: PairRow }[] => []);
  const order: DatasetImage[] = [];
  for await (const image of images) {
    order.push(image);
    wordings.forEach((wording, number) => {
      const pair = fittingPair(image, wording);
      if (pair === undefined) return;
      const place = createRandom(seed, `${wording.question} of ${image.image.id}`, 0).next();
      const kept = drawn[number]!;
      kept.push({ place, image, pair });
      kept.sort((a, b) => a.place - b.place).splice(perWording);
    });
  }
  const unfit = wordings.filter((_, number) => drawn[number]!.length === 0);
  if (unfit.length > 0) {
    const list = unfit.map(({ target, asks, question }) => `"${question}" (${target}, ${asks})`).join('; ');
    throw new EvaluationError(
      'wordings',
      `no picture fits ${list}`,
      'use names of targets as targets.parquet has them',
    );
  }
  return order.flatMap((image) => {
    const chosen = drawn.flatMap((kept, number) =>
      kept
        .filter((one) => one.image === image)
        .map(({ pair }) => {
          const { question, asks } = wordings[number]!;
          return { pair: { ...pair, id: `${pair.id}w${number + 1}`, question }, whole: asks === 'whole' };
        }),
    );
    return chosen.length > 0 ? [{ image: image.image, targets: image.targets, chosen }] : [];
  });
}

/** The first pair that asks for what the wording asks for, in the picture's sides. */
function fittingPair({ targets, pairs }: DatasetImage, { target, asks }: Wording): PairRow | undefined {
  return pairs.find((pair) => {
    if (pair.target !== target || pair.laterality !== 'image') return false;
    if (!EXPORTED_STATUSES.includes(pair.status)) return false;
    if (asks === 'absent') return pair.kind === 'absent-target' && pair.askedSide === null;
    if (asks === 'whole') {
      return pair.askedAll && pair.targets.length === 1 && targets.some(({ id }) => id === pair.targets[0]);
    }
    if (!PLACE_KINDS.has(pair.kind)) return false;
    if (asks === 'left' || asks === 'right') return pair.askedSide === asks && pair.askedZones.length === 0;
    return pair.askedSide === null && pair.askedZones.join() === zonesOf(asks).join();
  });
}

/** The zones of a half, or the zone itself, in the order of `ZONES`. */
const zonesOf = (place: Zone | 'top' | 'bottom'): Zone[] =>
  ZONES.filter((zone) => zone === place || zone.startsWith(`${place}-`));
