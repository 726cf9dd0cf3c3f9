import { addNode, constant, elementCount, GraphError, type Tensor } from '../tensor.js';
import { scatterAddFlat } from './indexing.js';
import { reshape } from './layout.js';
import { matmul } from './matmul.js';

/** Row-major weights [to, from] of a linear map along one axis. */
type AxisMatrix = Float32Array;

/** Rows and columns each through a constant matrix; so is its gradient. x [n, c, h, w]. */
function resample(
  x: Tensor,
  height: number,
  width: number,
  matrix: (from: number, to: number) => AxisMatrix,
): Tensor {
  if (x.shape.length !== 4) throw new GraphError('resample', 'needs [n, c, h, w]', [x]);
  const [h, w] = x.shape.slice(2) as [number, number];
  const columns = w === width ? x : matmul(x, constant(matrix(w, width), [width, w]), { transposeB: true });
  return h === height ? columns : matmul(constant(matrix(h, height), [height, h]), columns);
}

/** Bilinear resize of [n, c, h, w]; half-pixel centres unless corners are aligned. */
export function resizeBilinear(x: Tensor, height: number, width: number, alignCorners = false): Tensor {
  return resample(x, height, width, (from, to) => {
    const matrix = new Float32Array(to * from);
    for (let i = 0; i < to; i++) {
      const aligned = to === 1 ? 0 : (i * (from - 1)) / (to - 1);
      const position = alignCorners
        ? aligned
        : Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1);
      const low = Math.min(Math.floor(position), from - 1);
      const high = Math.min(low + 1, from - 1);
      matrix[i * from + low]! += 1 - (position - low);
      matrix[i * from + high]! += position - low;
    }
    return matrix;
  });
}

/** Nearest-neighbour resize of [n, c, h, w], as PyTorch's `nearest`. */
export function resizeNearest(x: Tensor, height: number, width: number): Tensor {
  return resample(x, height, width, (from, to) => {
    const matrix = new Float32Array(to * from);
    for (let i = 0; i < to; i++) matrix[i * from + Math.min(Math.floor((i * from) / to), from - 1)] = 1;
    return matrix;
  });
}

/** Mean over height x width windows that cover [n, c, h, w], as PyTorch's `adaptive_avg_pool2d`. */
export function adaptiveAveragePool(x: Tensor, height: number, width: number): Tensor {
  return resample(x, height, width, (from, to) => {
    const matrix = new Float32Array(to * from);
    for (let i = 0; i < to; i++) {
      const start = Math.floor((i * from) / to);
      const end = Math.ceil(((i + 1) * from) / to);
      matrix.fill(1 / (end - start), i * from + start, i * from + end);
    }
    return matrix;
  });
}

/** Largest of each kernel x kernel window of [n, c, h, w]; the gradient goes to the first largest. */
export function maxPool(x: Tensor, kernel: number, stride = kernel, padding = 0): Tensor {
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const size = (from: number) => Math.floor((from + 2 * padding - kernel) / stride) + 1;
  const shape = [n, c, size(h), size(w)];
  if (x.shape.length !== 4 || shape.some((s) => s < 1))
    throw new GraphError('maxPool', `kernel ${kernel} does not fit`, [x]);
  return addNode('MaxPool', [x], {
    attributes: {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [padding, padding, padding, padding],
    },
    outputs: [{ shape }, { shape, type: 'int64' }],
    gradient: (outputs) => (g) => [
      reshape(scatterAddFlat(elementCount(x.shape), outputs[1]!, g[0]!), x.shape),
    ],
  })[0]!;
}
