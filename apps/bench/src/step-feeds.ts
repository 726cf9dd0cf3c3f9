import type { TensorValue } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import { ASKED, type Preset } from '@prs-med/model';
import { type BatchShape, floats } from '@prs-med/training';
import { numbers } from './measure.js';

/** A batch of stage 2 for a step of any preset: made numbers and tokens, every question as long as there is room. */
export function makeStepFeeds(preset: Preset, batch: BatchShape): Record<string, TensorValue> {
  const { samples, questionTokens, answerTokens } = batch;
  const { image, language } = preset;
  const { size } = image;
  const { vocabulary } = language;
  const ids = (length: number): TensorValue => ({
    type: 'int64',
    shape: [samples, length],
    data: BigInt64Array.from({ length: samples * length }, (_, i) =>
      BigInt(100 + ((i * 7919) % (vocabulary - 100))),
    ),
  });
  const full = (shape: readonly number[], value: number): TensorValue =>
    floats(shape, new Float32Array(ag.elementCount(shape)).fill(value));
  const masks = Float32Array.from({ length: samples * size * size }, (_, i) =>
    i % size < size / 2 && Math.floor(i / size) % size > size / 2 ? 1 : 0,
  );
  const pictures = (side: number): TensorValue =>
    floats([samples, 3, side, side], numbers(samples * 3 * side * side));
  return {
    pictures: pictures(size),
    ...(language.kind === 'llava' && { towerPictures: pictures(language.vision.imageSize) }),
    masks: floats([samples, 1, size, size], masks),
    present: full([samples], 1),
    asked: full([samples, ASKED.length], 0),
    questionIds: ids(questionTokens),
    questionMask: full([samples, questionTokens], 1),
    showTruth: floats(
      [samples],
      Float32Array.from({ length: samples }, (_, i) => i % 2),
    ),
    answerIds: ids(answerTokens - 1),
    labels: ids(answerTokens),
  };
}
