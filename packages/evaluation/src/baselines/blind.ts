import {
  describeRegions,
  maskOfProbabilities,
  type ProbabilityMap,
  resizeProbabilities,
  ZONES,
  type Zone,
} from '@prs-med/imaging';
import { createRandom, type ImageRow, type PairRow } from '@prs-med/posmed';
import type { Answer, Answerer } from '../ask/answerer.js';
import type { TrainingSet } from './training-set.js';

/** Baselines that do not look at the picture. */
export type BlindBaseline = 'constant' | 'random' | 'mean-mask';

/**
 * A baseline that does not look: always the modality's commonest zone; a zone at random; or the mean mask of the training
 * set for what is asked for, and its zone. The mask of a zone is all of it. They say that the target is there, but for the
 * mean mask where it reaches one half nowhere.
 */
export function blindAnswerer(name: BlindBaseline, training: TrainingSet, seed: number): Answerer {
  return {
    subject: { kind: 'baseline', name },
    imagesTogether: null,
    async answer(asked, signal, keep) {
      for (const { image, pairs } of asked) {
        for (const pair of pairs) {
          signal.throwIfAborted();
          await keep(pair, answerTo(name, training, image, pair, seed));
        }
      }
    },
    close: async () => undefined,
  };
}

function answerTo(
  name: BlindBaseline,
  training: TrainingSet,
  { width, height, modality }: ImageRow,
  pair: PairRow,
  seed: number,
): Answer {
  if (name === 'mean-mask') {
    const mean = training.meanMask(modality, pair.target);
    if (mean === null) return say(null, emptyMap(width, height));
    const map = resizeProbabilities(mean, width, height);
    return say(describeRegions(maskOfProbabilities(map)).zone, map);
  }
  const zone =
    name === 'constant'
      ? training.commonestZone(modality)
      : createRandom(seed, `zone of ${pair.id}`, 0).pick(ZONES);
  return say(zone, mapOfZone(zone, width, height));
}

function say(zone: Zone | null, map: ProbabilityMap): Answer {
  return {
    text: zone === null ? 'No, there is none.' : `It is in the ${zone} of the image.`,
    present: zone !== null,
    presence: null,
    zones: zone === null ? [] : [zone],
    map,
    milliseconds: 0,
  };
}

const emptyMap = (width: number, height: number): ProbabilityMap => ({
  width,
  height,
  data: new Float32Array(width * height),
});

/** A quarter of the picture, or the middle half of its width and height. */
export function mapOfZone(zone: Zone, width: number, height: number): ProbabilityMap {
  const map = emptyMap(width, height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const [across, down] = [(x + 0.5) / width, (y + 0.5) / height];
      const inside =
        zone === 'center'
          ? Math.abs(across - 0.5) < 0.25 && Math.abs(down - 0.5) < 0.25
          : zone.startsWith('top') === down < 0.5 && zone.endsWith('left') === across < 0.5;
      if (inside) map.data[i] = 1;
    }
  }
  return map;
}
