import {
  addNode,
  elementCount,
  formatShape,
  GraphError,
  integers,
  normalizeAxis,
  type Shape,
  sameShape,
  scalar,
  type Tensor,
} from '../tensor.js';
import { sumTo } from './reduction.js';

/** The same elements in another shape; one size may be -1. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const known = shape.reduce((product, size) => (size === -1 ? product : product * size), 1);
  const count = elementCount(x.shape);
  const full = shape.map((size) => (size === -1 ? count / known : size));
  if (elementCount(full) !== count || full.some((size) => !Number.isInteger(size))) {
    throw new GraphError('reshape', `cannot take shape ${formatShape(shape)}`, [x]);
  }
  if (sameShape(full, x.shape)) return x;
  return addNode('Reshape', [x, integers(full)], {
    outputs: [{ shape: full }],
    gradient: () => (g) => [reshape(g[0]!, x.shape)],
  })[0]!;
}

/** Reorders axes: axis i of the result is axis `order[i]` of x. */
export function transpose(x: Tensor, order: readonly number[]): Tensor {
  if (order.length !== x.shape.length || x.shape.some((_, axis) => !order.includes(axis))) {
    throw new GraphError('transpose', `${formatShape(order)} is no order of its axes`, [x]);
  }
  if (order.every((axis, index) => axis === index)) return x;
  return addNode('Transpose', [x], {
    attributes: { perm: order },
    outputs: [{ shape: order.map((axis) => x.shape[axis]!) }],
    gradient: () => (g) => [
      transpose(
        g[0]!,
        order.map((_, axis) => order.indexOf(axis)),
      ),
    ],
  })[0]!;
}

/** Repeats axes of size 1 to a larger shape. */
export function expand(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const offset = shape.length - x.shape.length;
  if (offset < 0 || x.shape.some((size, axis) => size !== 1 && size !== shape[axis + offset])) {
    throw new GraphError('expand', `cannot be expanded to ${formatShape(shape)}`, [x]);
  }
  return addNode('Expand', [x, integers(shape)], {
    outputs: [{ shape }],
    gradient: () => (g) => [sumTo(g[0]!, x.shape)],
  })[0]!;
}

/** Joins tensors along an axis. */
export function concatenate(tensors: readonly Tensor[], axis: number): Tensor {
  const first = tensors[0];
  if (first === undefined) throw new GraphError('concatenate', 'needs at least one input', []);
  const along = normalizeAxis('concatenate', axis, first);
  for (const tensor of tensors) {
    const fits =
      tensor.shape.length === first.shape.length &&
      tensor.type === first.type &&
      tensor.shape.every((size, other) => other === along || size === first.shape[other]);
    if (!fits) throw new GraphError('concatenate', `inputs do not fit along axis ${axis}`, tensors);
  }
  if (tensors.length === 1) return first;
  const sizes = tensors.map((tensor) => tensor.shape[along]!);
  const total = sizes.reduce((a, b) => a + b, 0);
  return addNode('Concat', tensors, {
    attributes: { axis: along },
    outputs: [{ shape: first.shape.map((size, other) => (other === along ? total : size)) }],
    gradient: () => (g, wanted) => {
      let start = 0;
      return sizes.map((size, index) => {
        const part = wanted[index] ? slice(g[0]!, along, start, start + size) : undefined;
        start += size;
        return part;
      });
    },
  })[0]!;
}

/** Cuts an axis into parts of the given sizes, in one operator. */
export function split(x: Tensor, axis: number, sizes: readonly number[]): readonly Tensor[] {
  const along = normalizeAxis('split', axis, x);
  if (sizes.reduce((a, b) => a + b, 0) !== x.shape[along]) {
    throw new GraphError('split', `sizes ${formatShape(sizes)} do not add up to axis ${axis}`, [x]);
  }
  if (sizes.length === 1) return [x];
  const shapes = sizes.map((size) => x.shape.map((other, index) => (index === along ? size : other)));
  return addNode('Split', [x, integers(sizes)], {
    attributes: { axis: along },
    outputs: shapes.map((shape) => ({ shape })),
    gradient: () => (g) => [
      concatenate(
        g.map((part, index) => part ?? expand(scalar(0), shapes[index]!)),
        along,
      ),
    ],
  });
}

/** Elements start..end (end not included) of an axis, every `step`-th; step may be negative to reverse. */
export function slice(x: Tensor, axis: number, start: number, end: number, step = 1): Tensor {
  const along = normalizeAxis('slice', axis, x);
  const size = x.shape[along]!;
  const valid =
    step > 0 ? start >= 0 && end <= size && start < end : start < size && end >= -1 && end < start;
  if (!valid || !Number.isInteger(step) || step === 0) {
    throw new GraphError('slice', `${start}..${end} step ${step} is outside axis ${axis}`, [x]);
  }
  if (start === 0 && end === size && step === 1) return x;
  const length = Math.ceil((end - start) / step);
  // ONNX counts a negative end from the back, so "down to the first element" needs one far below zero.
  const onnxEnd = end === -1 ? -size - 1 : end;
  return addNode('Slice', [x, integers([start]), integers([onnxEnd]), integers([along]), integers([step])], {
    outputs: [{ shape: x.shape.map((other, index) => (index === along ? length : other)) }],
    gradient: () => (g) => {
      if (step === -1 && length === size) return [slice(g[0]!, along, size - 1, -1, -1)];
      if (step < 0) throw new GraphError('slice', 'has a gradient only for whole reversals', [x]);
      const spaced = insertZeros(g[0]!, along, step);
      const after = size - start - spaced.shape[along]!;
      return [
        after < 0
          ? padAxis(slice(spaced, along, 0, size - start), along, start, 0)
          : padAxis(spaced, along, start, after),
      ];
    },
  })[0]!;
}

const padAxis = (x: Tensor, axis: number, before: number, after: number): Tensor =>
  pad(
    x,
    x.shape.map((_, index) => (index === axis ? [before, after] : [0, 0])),
  );

/** Puts step - 1 zeros after each element of an axis, but for the last one. */
export function insertZeros(x: Tensor, axis: number, step: number): Tensor {
  if (step === 1) return x;
  const size = x.shape[axis]!;
  const apart = reshape(x, [...x.shape.slice(0, axis + 1), 1, ...x.shape.slice(axis + 1)]);
  const padded = padAxis(apart, axis + 1, 0, step - 1);
  const joined = reshape(
    padded,
    x.shape.map((other, index) => (index === axis ? size * step : other)),
  );
  return slice(joined, axis, 0, size * step - (step - 1));
}

/** Zeros around a tensor: for each axis how many before and after; negative ones cut. */
export function pad(x: Tensor, amounts: readonly (readonly [number, number] | readonly number[])[]): Tensor {
  if (amounts.length !== x.shape.length)
    throw new GraphError('pad', `has amounts for ${amounts.length} axes`, [x]);
  if (amounts.every(([before, after]) => before === 0 && after === 0)) return x;
  const shape = x.shape.map((size, axis) => size + amounts[axis]![0]! + amounts[axis]![1]!);
  if (shape.some((size) => size < 1)) throw new GraphError('pad', 'cuts away a whole axis', [x]);
  return addNode('Pad', [x, integers([...amounts.map((a) => a[0]!), ...amounts.map((a) => a[1]!)])], {
    outputs: [{ shape }],
    gradient: () => (g) => [
      pad(
        g[0]!,
        amounts.map(([before, after]) => [-before!, -after!]),
      ),
    ],
  })[0]!;
}

/** Reverses the given axes. */
export const reverse = (x: Tensor, axes: readonly number[]): Tensor =>
  axes.reduce(
    (result, axis) => (x.shape[axis]! === 1 ? result : slice(result, axis, x.shape[axis]! - 1, -1, -1)),
    x,
  );
