import type { Tensor } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import type { MaskPrediction } from '@prs-med/model';

/** Weights of the terms beside BCE + Dice (paper) and 0.5 CE (paper, stage 2): our own heads. */
export const LOSS_WEIGHTS = { presence: 0.2, asked: 0.2, answer: 0.5 };

export interface MaskTruth {
  /** [n, 1, size, size] of 0 and 1. */
  readonly masks: Tensor;
  /** [n]: 1 where the asked target is there. */
  readonly present: Tensor;
  /** [n, 8]: what the question asks for, in the order of ASKED. */
  readonly asked: Tensor;
}

/** BCE + Dice of the mask, and small terms for presence and for what is asked. */
export function maskLoss(prediction: MaskPrediction, truth: MaskTruth) {
  const bce = ag.binaryCrossEntropy(prediction.logits, truth.masks);
  const dice = ag.diceLoss(prediction.logits, truth.masks);
  const presence = ag.binaryCrossEntropy(prediction.presence, truth.present);
  const asked = ag.binaryCrossEntropy(prediction.asked, truth.asked);
  const heads = ag.add(ag.multiply(presence, LOSS_WEIGHTS.presence), ag.multiply(asked, LOSS_WEIGHTS.asked));
  return { loss: ag.add(ag.add(bce, dice), heads), metrics: { bce, dice, presence, asked } };
}
