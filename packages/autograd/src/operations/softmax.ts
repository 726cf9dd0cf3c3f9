import { addNode, type Tensor } from '../tensor.js';
import { exponential, multiply, subtract } from './elementwise.js';
import { sum } from './reduction.js';

/** Softmax over the last axis. */
export function softmax(x: Tensor): Tensor {
  return addNode('Softmax', [x], {
    attributes: { axis: -1 },
    outputs: [{ shape: x.shape }],
    gradient: (outputs) => (g) => {
      const out = outputs[0]!;
      const weighted = multiply(g[0]!, out);
      return [subtract(weighted, multiply(out, sum(weighted, { axes: [-1], keepDimensions: true })))];
    },
  })[0]!;
}

/** Logarithm of softmax over the last axis, without overflow. */
export function logSoftmax(x: Tensor): Tensor {
  return addNode('LogSoftmax', [x], {
    attributes: { axis: -1 },
    outputs: [{ shape: x.shape }],
    gradient: (outputs) => (g) => {
      const total = sum(g[0]!, { axes: [-1], keepDimensions: true });
      return [subtract(g[0]!, multiply(exponential(outputs[0]!), total))];
    },
  })[0]!;
}
