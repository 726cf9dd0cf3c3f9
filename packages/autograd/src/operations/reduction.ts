import {
  addNode,
  elementCount,
  GraphError,
  integers,
  normalizeAxis,
  type Shape,
  type Tensor,
} from '../tensor.js';
import { cast, divide, equal, multiply } from './elementwise.js';
import { expand, reshape } from './layout.js';

interface ReductionOptions {
  /** Axes to reduce; all when left out. */
  readonly axes?: readonly number[];
  /** Keep reduced axes with size 1. */
  readonly keepDimensions?: boolean;
}

function reducedShapes(operation: string, x: Tensor, options: ReductionOptions) {
  const axes = (options.axes ?? x.shape.map((_, axis) => axis)).map((axis) =>
    normalizeAxis(operation, axis, x),
  );
  const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const shape = options.keepDimensions ? kept : x.shape.filter((_, axis) => !axes.includes(axis));
  return { axes, kept, shape };
}

/** Sum over axes. */
export function sum(x: Tensor, options: ReductionOptions = {}): Tensor {
  const { axes, kept, shape } = reducedShapes('sum', x, options);
  if (axes.length === 0) return x;
  return addNode('ReduceSum', [x, integers(axes)], {
    attributes: { keepdims: options.keepDimensions ? 1 : 0 },
    outputs: [{ shape }],
    gradient: () => (g) => [expand(reshape(g[0]!, kept), x.shape)],
  })[0]!;
}

/** Mean over axes. */
export function mean(x: Tensor, options: ReductionOptions = {}): Tensor {
  const { axes, kept, shape } = reducedShapes('mean', x, options);
  if (axes.length === 0) return x;
  const count = elementCount(x.shape) / elementCount(shape);
  return addNode('ReduceMean', [x, integers(axes)], {
    attributes: { keepdims: options.keepDimensions ? 1 : 0 },
    outputs: [{ shape }],
    gradient: () => (g) => [expand(reshape(multiply(g[0]!, 1 / count), kept), x.shape)],
  })[0]!;
}

/** Maximum over axes; where several are largest the gradient is shared equally. */
export function max(x: Tensor, options: ReductionOptions = {}): Tensor {
  const { axes, kept, shape } = reducedShapes('max', x, options);
  return addNode('ReduceMax', [x, integers(axes)], {
    attributes: { keepdims: options.keepDimensions ? 1 : 0 },
    outputs: [{ shape }],
    gradient: (outputs) => (g) => {
      const isLargest = cast(equal(x, reshape(outputs[0]!, kept)), 'float32');
      const share = divide(reshape(g[0]!, kept), sum(isLargest, { axes, keepDimensions: true }));
      return [multiply(isLargest, share)];
    },
  })[0]!;
}

/** Sums a tensor over the axes along which `shape` was broadcast to it. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  const extra = x.shape.length - shape.length;
  if (extra < 0) throw new GraphError('sumTo', `cannot be summed to [${shape.join(', ')}]`, [x]);
  const axes = x.shape.flatMap((size, axis) =>
    axis < extra || (shape[axis - extra] === 1 && size !== 1) ? [axis] : [],
  );
  return reshape(sum(x, { axes, keepDimensions: true }), shape);
}
