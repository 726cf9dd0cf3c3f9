import type { Mask } from '@prs-med/imaging';
import { type DatasetImage, decodeRle, encodeRle, maskOfTruth } from '@prs-med/posmed';
import type { PredictionRow } from '../run/schema.js';
import type { Answer } from './answerer.js';
import type { ChosenPair } from './choose-pairs.js';

/** What a run keeps of a pair and its answer. */
export function makePredictionRow(
  { image, targets }: Pick<DatasetImage, 'image' | 'targets'>,
  { pair, whole }: ChosenPair,
  answer: Answer,
  names: {
    /** The picture's path, relative to the run folder. */
    readonly file: string;
    /** The map's path, relative to the run folder. */
    readonly mask: string | null;
  },
): PredictionRow {
  const { width, height } = image;
  const masks = new Map(targets.map(({ id, rle }) => [id, decodeRle(rle, width, height)]));
  const truth = maskOfTruth(pair.targets, masks, width, height);
  // Of a target that is asked for where it is not, all of it is the rest.
  const own = targets.filter(({ target }) => target === pair.target).map(({ id }) => id);
  const rest = without(maskOfTruth(own, masks, width, height), truth);
  return {
    id: pair.id,
    image: image.id,
    file: names.file,
    source: image.source,
    group: image.group,
    modality: image.modality,
    target: pair.target,
    kind: pair.kind,
    whole,
    width,
    height,
    question: pair.question,
    answer: pair.answer,
    zones: [...pair.zones],
    truth: encodeRle(truth),
    rest: encodeRle(rest),
    prediction: answer.text,
    predictedPresent: answer.present,
    presence: answer.presence,
    predictedZones: [...answer.zones],
    mask: names.mask,
    milliseconds: Math.round(answer.milliseconds * 10) / 10,
  };
}

function without(mask: Mask, other: Mask): Mask {
  return { ...mask, data: mask.data.map((value, i) => (other.data[i] === 0 ? value : 0)) };
}
