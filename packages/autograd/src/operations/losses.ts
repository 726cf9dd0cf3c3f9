import { constant, GraphError, type Tensor } from '../tensor.js';
import {
  add,
  cast,
  divide,
  equal,
  maximum,
  multiply,
  negate,
  sigmoid,
  softplus,
  subtract,
  where,
} from './elementwise.js';
import { takeLast } from './indexing.js';
import { reshape } from './layout.js';
import { mean, sum } from './reduction.js';
import { logSoftmax } from './softmax.js';

/** The label that cross-entropy leaves out, as in PyTorch. */
export const IGNORED_LABEL = -100;

/** Mean of -log softmax(logits)[label] over labels other than -100: logits [.., classes], labels int64 [..]. */
export function crossEntropy(logits: Tensor, labels: Tensor): Tensor {
  if (labels.type !== 'int64' || labels.shape.length !== logits.shape.length - 1) {
    throw new GraphError('crossEntropy', 'needs int64 labels, one for each row of logits', [logits, labels]);
  }
  const flat = reshape(logits, [-1, logits.shape.at(-1)!]);
  const flatLabels = reshape(labels, [-1]);
  const ignored = equal(flatLabels, constant(BigInt64Array.of(BigInt(IGNORED_LABEL)), [], 'int64'));
  const safe = where(ignored, constant(BigInt64Array.of(0n), [], 'int64'), flatLabels);
  const counted = subtract(1, cast(ignored, 'float32'));
  const picked = multiply(takeLast(logSoftmax(flat), safe), counted);
  return negate(divide(sum(picked), maximum(sum(counted), 1)));
}

/** Mean binary cross-entropy of logits against targets of 0 to 1; `weight` broadcasts to the logits. */
export function binaryCrossEntropy(logits: Tensor, targets: Tensor, weight?: Tensor): Tensor {
  const each = subtract(softplus(logits), multiply(logits, targets));
  return mean(weight === undefined ? each : multiply(each, weight));
}

/** 1 - (2 sum(p y) + 1) / (sum p + sum y + 1) for each picture, then the mean; p = sigmoid(logits). */
export function diceLoss(logits: Tensor, targets: Tensor): Tensor {
  const n = logits.shape[0]!;
  const probabilities = reshape(sigmoid(logits), [n, -1]);
  const truth = reshape(targets, [n, -1]);
  const overlap = sum(multiply(probabilities, truth), { axes: [1] });
  const total = add(sum(probabilities, { axes: [1] }), sum(truth, { axes: [1] }));
  return mean(subtract(1, divide(add(multiply(overlap, 2), 1), add(total, 1))));
}
