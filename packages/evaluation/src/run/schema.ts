import { PAIR_KINDS } from '@prs-med/posmed';
import { z } from 'zod';

/** The version of a run folder's layout; a reader refuses a newer one. */
export const RUN_VERSION = 1;

const zone = z.enum(['top-left', 'top-right', 'bottom-left', 'bottom-right', 'center']);
const whole = z.number().int().nonnegative();

/** What answered: a bundle, a folder of masks of any segmenter, an endpoint, or something that does not look. */
export const subject = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('model'), name: z.string(), version: z.string(), sha256: z.string() }),
  /** A folder's name, and the SHA-256 of the files in it that are evaluated. */
  z.object({ kind: z.literal('predictions'), name: z.string(), sha256: z.string() }),
  z.object({ kind: z.literal('endpoint'), name: z.string() }),
  z.object({ kind: z.literal('baseline'), name: z.enum(['constant', 'random', 'mean-mask']) }),
]);

/** run.json: what was asked of whom. Written first; the figures are made from predictions.jsonl and masks/. */
export const runRecord = z.object({
  runVersion: z.literal(RUN_VERSION),
  subject,
  /** Name of the data folder, its pairs' SHA-256, and which part of it was asked. */
  data: z.object({ name: z.string(), sha256: z.string(), split: z.enum(['train', 'val', 'test']) }),
  seed: whole,
  /** Most pairs asked a picture; null for all. */
  perImage: whole.nullable(),
  /** The file of questions that were asked in place of the data set's own, and of how many pictures each. */
  wordings: z.object({ name: z.string(), sha256: z.string(), perWording: whole }).nullable().default(null),
  pairs: whole,
  images: whole,
  /** Groups that official splits tore apart, and where they are now. */
  movedGroups: z.array(z.object({ group: z.string(), from: z.string(), to: z.string(), images: whole })),
  /** Predictions that were missing or could not be used, a line each, where the rest was evaluated nevertheless. */
  missing: z.array(z.string()).default([]),
});

/** A line of predictions.jsonl: a pair, what is right, and what was answered. */
export const predictionRow = z.object({
  /** Of the pair. */
  id: z.string(),
  image: z.string(),
  /** The picture, relative to the run folder, with "/". */
  file: z.string(),
  source: z.string(),
  group: z.string(),
  modality: z.string(),
  /** The name of the target that is asked for. */
  target: z.string(),
  kind: z.enum(PAIR_KINDS),
  /** Whether the truth is a whole target, and this pair the first of its image to ask for it: the segmentation table. */
  whole: z.boolean(),
  width: whole,
  height: whole,
  question: z.string(),
  /** The reference answer and the zones that it names. */
  answer: z.string(),
  zones: z.array(zone),
  /** The true mask and the rest of its target, as COCO's compressed run lengths; of empty masks too. */
  truth: z.string(),
  rest: z.string(),
  /** What was answered: null for a subject that gives no text. */
  prediction: z.string().nullable(),
  /** Whether the target was said to be there, and the probability of it (0 to 1); null for a subject that tells none. */
  predictedPresent: z.boolean().nullable(),
  presence: z.number().nullable(),
  /** The zone of the predicted mask by the rule. */
  predictedZones: z.array(zone),
  /** The 8-bit probability map of the picture's size, relative to the run folder; null for a subject without masks. */
  mask: z.string().nullable(),
  milliseconds: z.number(),
});

/** A line of training.jsonl: answers of the training split that constant baselines learn from, a sample where many. */
export const trainingRow = z.object({ modality: z.string(), answer: z.string(), zones: z.array(zone) });

export type Subject = z.infer<typeof subject>;
export type RunRecord = z.infer<typeof runRecord>;
export type PredictionRow = z.infer<typeof predictionRow>;
export type TrainingRow = z.infer<typeof trainingRow>;

/** The files of a run folder. */
export const RUN_FILES = {
  record: 'run.json',
  predictions: 'predictions.jsonl',
  training: 'training.jsonl',
  masks: 'masks',
} as const;
