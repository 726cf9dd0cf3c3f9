import type { TensorValue } from '@prs-med/autograd';
import { ASKED, type Preset } from '@prs-med/model';
import type { Asked } from '@prs-med/posmed';
import { createRandom } from '@prs-med/posmed';
import type { Conversation } from './conversation.js';
import type { BatchShape, Stage } from './stages.js';

/** What a batch has of each sample beside the picture. */
export interface SampleText {
  readonly index: number;
  readonly question: string;
  readonly answer: string;
  readonly asked: Asked;
  readonly present: boolean;
}

export interface SampleBatch {
  readonly pictures: Float32Array;
  readonly masks: Float32Array;
  /** The pictures as the tower of the language model sees them, where it has one. */
  readonly towerPictures?: Float32Array | null;
  readonly samples: readonly SampleText[];
}

/** How often the language model is told of the true mask instead of the predicted one. */
const SHOW_TRUTH_PROBABILITY = 0.5;

const IGNORED = -100n;

/**
 * A batch as a step of a stage takes it. Throws a RangeError that quotes a question or an answer that is longer than
 * the batch's shape.
 */
export function stepFeeds(
  batch: SampleBatch,
  conversation: Conversation,
  shape: BatchShape,
  stage: Stage,
  preset: Preset,
  seed: number,
): Record<string, TensorValue> {
  const { samples, questionTokens, answerTokens } = shape;
  const { size } = preset.image;
  const questions = batch.samples.map((sample) =>
    fitting(conversation.questionIds(sample.question), questionTokens, sample.question),
  );
  const feeds: Record<string, TensorValue> = {
    pictures: floats([samples, 3, size, size], batch.pictures),
    ...towerFeed(batch.towerPictures, samples, preset),
    masks: floats([samples, 1, size, size], batch.masks),
    present: floats(
      [samples],
      Float32Array.from(batch.samples, ({ present }) => (present ? 1 : 0)),
    ),
    asked: floats(
      [samples, ASKED.length],
      Float32Array.from(batch.samples.flatMap(({ asked }) => askedVector(asked))),
    ),
    questionIds: padded(questions, questionTokens, 0n),
    questionMask: tokenMask(
      questions.map((ids) => ids.length),
      questionTokens,
    ),
  };
  if (stage === 1) return feeds;
  const answers = batch.samples.map((sample) =>
    fitting(conversation.answerIds(sample.answer), answerTokens, sample.answer),
  );
  const inputs = answers.map((ids) => ids.slice(0, answerTokens - 1));
  const shown = batch.samples.map(({ index }) =>
    createRandom(seed, 'show', index).chance(SHOW_TRUTH_PROBABILITY) ? 1 : 0,
  );
  return {
    ...feeds,
    showTruth: floats([samples], Float32Array.from(shown)),
    answerIds: padded(inputs, answerTokens - 1, 0n),
    labels: padded(answers, answerTokens, IGNORED),
  };
}

function towerFeed(
  pictures: Float32Array | null | undefined,
  samples: number,
  { language }: Preset,
): Record<string, TensorValue> {
  if (language.kind !== 'llava') return {};
  const { imageSize } = language.vision;
  return { towerPictures: floats([samples, 3, imageSize, imageSize], pictures!) };
}

/** 1 for each thing that a question asks for, in the order of ASKED. */
export const askedVector = (asked: Asked): number[] =>
  ASKED.map((name) => {
    if (name === 'all') return asked.all ? 1 : 0;
    if (name === 'left' || name === 'right') return asked.side === name ? 1 : 0;
    return asked.zones.includes(name) ? 1 : 0;
  });

function fitting(ids: number[], tokens: number, text: string): number[] {
  if (ids.length > tokens)
    throw new RangeError(`"${text}" has ${ids.length} tokens and a batch has room for ${tokens}`);
  return ids;
}

/** Rows of ids brought to one length: int64 [rows, length]. */
export function padded(rows: readonly (readonly number[])[], length: number, filler: bigint): TensorValue {
  const data = new BigInt64Array(rows.length * length).fill(filler);
  rows.forEach((ids, row) => {
    ids.forEach((id, i) => {
      data[row * length + i] = BigInt(id);
    });
  });
  return { type: 'int64', shape: [rows.length, length], data };
}

/** 1 for a token and 0 for padding, of rows of so many tokens: [rows, length]. */
export function tokenMask(tokens: readonly number[], length: number): TensorValue {
  const data = new Float32Array(tokens.length * length);
  tokens.forEach((count, row) => {
    data.fill(1, row * length, row * length + count);
  });
  return floats([tokens.length, length], data);
}

export const floats = (shape: readonly number[], data: Float32Array): TensorValue => ({
  type: 'float32',
  shape,
  data,
});
