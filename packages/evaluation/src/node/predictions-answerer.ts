import { createHash } from 'node:crypto';
import { basename, join, resolve } from 'node:path';
import { describeRegions } from '@prs-med/imaging';
import type { Answer, Answerer } from '../ask/answerer.js';
import { presenceOfText } from '../ask/presence-of-text.js';
import { EvaluationError } from '../evaluation-error.js';
import type { Prediction } from '../segmentation/prediction.js';
import { HALF_LEVEL } from '../segmentation/score-image.js';
import { ANSWERS_FILE, checkFiles, listPredictions, readPrediction } from './predictions-answerer-files.js';
import { assignFiles, type ImageToPredict } from './predictions-answerer-names.js';
import { readPredictedTexts } from './predictions-answerer-texts.js';

/** Answers from a folder of predictions. */
export interface PredictionsAnswerer extends Answerer {
  /** Whether the folder answers a pair; no other may be asked. */
  has(pairId: string): boolean;
  /** What is missing, one too many or cannot be used, `FILE: WHAT IS WRONG`. */
  readonly problems: readonly string[];
  /** Whether no file has another value than 0 and 1, so that 1 is taken for the target. */
  readonly areBinary: boolean;
}

/** Predictions of which some are missing, one too many, or cannot be used. */
export class PredictionsError extends EvaluationError {
  constructor(
    folder: string,
    /** All of them, `FILE: WHAT IS WRONG`. */
    readonly problems: readonly string[],
  ) {
    super(
      folder,
      `${problems.length === 1 ? 'a prediction is' : `${problems.length} predictions are`} missing, one too many or of no use`,
      'mend them, or evaluate the rest with --allow-missing',
    );
  }
}

/**
 * Answers from a folder of masks or 8-bit probability maps that any segmenter made: PNG files of the pictures' sizes, named
 * as `assignFiles` says. A file answers.jsonl with an `id` and an `answer` a line gives texts to the pairs. All is read and
 * checked before anything is answered. Where no file has other values than 0 and 1, 1 is the target.
 * @param asked pictures with the pairs that are to be answered; only those that measure a whole target need a file
 * @param options.allowMissing whether to go on with what is left when there are problems
 * @throws PredictionsError that names all problems; EvaluationError when the folder cannot be read or has nothing of use
 */
export async function predictionsAnswerer(
  folder: string,
  asked: readonly ImageToPredict[],
  { allowMissing }: { readonly allowMissing: boolean },
): Promise<PredictionsAnswerer> {
  const names = await listPredictions(folder);
  const assigned = assignFiles(
    names.filter((name) => name !== ANSWERS_FILE),
    asked,
  );
  const { files, areBinary, ...checked } = await checkFiles(folder, assigned.files);
  const told = names.includes(ANSWERS_FILE)
    ? await readPredictedTexts(join(folder, ANSWERS_FILE), ANSWERS_FILE, new Set(files.keys()))
    : { texts: new Map<string, string>(), problems: [] };
  const problems = [...assigned.problems, ...checked.problems, ...told.problems];
  if (problems.length > 0 && !allowMissing) throw new PredictionsError(folder, problems);
  if (files.size === 0) {
    throw new EvaluationError(
      folder,
      'no file in it is a prediction for a pair that is asked',
      'name them as the pictures are, or choose another folder',
    );
  }
  const hash = createHash('sha256')
    .update(checked.sha256)
    .update(JSON.stringify([...told.texts]));
  return {
    subject: { kind: 'predictions', name: basename(resolve(folder)), sha256: hash.digest('hex') },
    imagesTogether: null,
    has: (pairId) => files.has(pairId),
    problems,
    areBinary,
    async answer(images, signal, keep) {
      for (const { image, pairs } of images) {
        for (const pair of pairs) {
          signal.throwIfAborted();
          const map = await readPrediction(join(folder, files.get(pair.id)!), image);
          if (areBinary) for (let i = 0; i < map.data.length; i++) map.data[i]! *= 255;
          await keep(pair, answerOf(map, told.texts.get(pair.id) ?? null));
        }
      }
    },
    close: async () => undefined,
  };
}

/** The mask tells the probability that the target is there, and only a text says so. */
function answerOf(map: Prediction, text: string | null): Answer {
  const { zone } = describeRegions({ ...map, data: map.data.map((level) => (level >= HALF_LEVEL ? 1 : 0)) });
  return {
    text,
    present: text === null ? null : presenceOfText(text),
    presence: map.data.reduce((most, level) => Math.max(most, level), 0) / 255,
    zones: zone === null ? [] : [zone],
    map,
    milliseconds: 0,
  };
}
