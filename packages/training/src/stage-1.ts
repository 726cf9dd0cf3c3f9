import type { ParameterGroup, Shape, TrainingGraph } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import { ASKED, encodePicture, type Preset, predictMask } from '@prs-med/model';
import { listParameters, rootScope, type Scope } from '@prs-med/nn';
import { maskLoss } from './losses.js';

/** Sizes of a batch. */
export interface BatchShape {
  readonly samples: number;
  /** Tokens kept for a question, padding included. */
  readonly questionTokens: number;
}

/** What stage 1 asks of each sample; hidden states come from a cache, as the language model is frozen. */
function build(scope: Scope, preset: Preset, batch: BatchShape) {
  const { samples, questionTokens } = batch;
  const { size } = preset.image;
  const picture = encodePicture(scope, ag.input('pictures', [samples, 3, size, size]), preset);
  const question = {
    states: preset.fusion.layersRead.map((layer) =>
      ag.input(`states_${layer}`, [samples, questionTokens, preset.language.hidden]),
    ),
    mask: ag.input('questionMask', [samples, questionTokens]),
  };
  const prediction = predictMask(scope, picture, question, preset);
  return maskLoss(prediction, {
    masks: ag.input('masks', [samples, 1, size, size]),
    present: ag.input('present', [samples]),
    asked: ag.input('asked', [samples, ASKED.length]),
  });
}

/** Names and shapes of the parameters that stage 1 reads. */
export const stage1Parameters = (preset: Preset): Map<string, Shape> =>
  listParameters((scope) => build(scope, preset, { samples: 1, questionTokens: 4 }));

/**
 * The training step of stage 1: both towers frozen, L = BCE + Dice (paper, stage 1) with small terms for our heads.
 * `frozen` gives the values of the vision encoder.
 */
export function stage1Graph(
  preset: Preset,
  batch: BatchShape,
  frozen: ReadonlyMap<string, Float32Array>,
  trained: readonly ParameterGroup[],
): TrainingGraph {
  return ag.trainingGraph(trained, (parameters) =>
    build(
      rootScope((name, shape) => parameters.get(name) ?? ag.constant(frozen.get(name)!, shape)),
      preset,
      batch,
    ),
  );
}
