import {
  addNode,
  constant,
  elementCount,
  GraphError,
  normalizeAxis,
  type Shape,
  scalar,
  type Tensor,
} from '../tensor.js';
import { concatenate, expand, reshape } from './layout.js';

/** Rows of a table: weight [rows, width], ids int64 [..] to [.., width]. */
export function embedding(weight: Tensor, ids: Tensor): Tensor {
  if (weight.shape.length !== 2 || ids.type !== 'int64') {
    throw new GraphError('embedding', 'needs a table of two axes and int64 ids', [weight, ids]);
  }
  return addNode('Gather', [weight, ids], {
    attributes: { axis: 0 },
    outputs: [{ shape: [...ids.shape, weight.shape[1]!] }],
    gradient: () => (g) => [scatterAdd(weight.shape, reshape(ids, [...ids.shape, 1]), g[0]!)],
  })[0]!;
}

/** For each sample its own rows along axis 1: x [n, rows, ..], ids int64 [n, k] to [n, k, ..]. */
export function gatherRows(x: Tensor, ids: Tensor): Tensor {
  if (x.shape.length < 2 || ids.shape.length !== 2 || ids.shape[0] !== x.shape[0] || ids.type !== 'int64') {
    throw new GraphError('gatherRows', 'needs int64 ids [n, k] for x [n, rows, ..]', [x, ids]);
  }
  const [n, k] = ids.shape as [number, number];
  return addNode('GatherND', [x, reshape(ids, [n, k, 1])], {
    attributes: { batch_dims: 1 },
    outputs: [{ shape: [n, k, ...x.shape.slice(2)] }],
    gradient: () => (g) => {
      const samples = constant(
        BigInt64Array.from({ length: n * k }, (_, i) => BigInt(Math.floor(i / k))),
        [n, k, 1],
        'int64',
      );
      return [scatterAdd(x.shape, concatenate([samples, reshape(ids, [n, k, 1])], 2), g[0]!)];
    },
  })[0]!;
}

/** The element of the last axis that each index names: x [.., size], ids int64 [..] to [..]. */
export function takeLast(x: Tensor, ids: Tensor): Tensor {
  const index = reshape(ids, [...ids.shape, 1]);
  const axis = normalizeAxis('takeLast', -1, x);
  const taken = addNode('GatherElements', [x, index], {
    attributes: { axis },
    outputs: [{ shape: index.shape }],
    gradient: () => (g) => [
      addNode('ScatterElements', [expand(scalar(0), x.shape), index, g[0]!], {
        attributes: { axis },
        outputs: [{ shape: x.shape }],
      })[0]!,
    ],
  })[0]!;
  return reshape(taken, ids.shape);
}

/** Zeros of a shape, with rows of `updates` added where the indices point. */
function scatterAdd(shape: Shape, indices: Tensor, updates: Tensor): Tensor {
  return addNode('ScatterND', [expand(scalar(0), shape), indices, updates], {
    attributes: { reduction: 'add' },
    outputs: [{ shape }],
  })[0]!;
}

/** Zeros of `size` elements, with `updates` added at flat int64 positions. */
export function scatterAddFlat(size: number, positions: Tensor, updates: Tensor): Tensor {
  const count = elementCount(positions.shape);
  return scatterAdd([size], reshape(positions, [count, 1]), reshape(updates, [count]));
}
