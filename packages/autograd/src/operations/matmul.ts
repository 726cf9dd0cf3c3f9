import { addNode, float, GraphError, type Tensor } from '../tensor.js';
import { add } from './elementwise.js';
import { reshape } from './layout.js';

interface MatmulOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  /** Factor on the product, free of charge. */
  readonly alpha?: number;
}

/** Matrix product over the last two axes, the others broadcast: [.., m, k] x [.., k, n] to [.., m, n]. */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  const { transposeA = false, transposeB = false, alpha = 1 } = options;
  if (a.shape.length < 2 || b.shape.length < 2)
    throw new GraphError('matmul', 'needs two axes or more', [a, b]);
  if (b.shape.length === 2 && a.shape.length > 2 && !transposeA) {
    // One large product, and a weight gradient that needs no sum over the batch.
    const flat = matmul(reshape(a, [-1, a.shape.at(-1)!]), b, options);
    return reshape(flat, [...a.shape.slice(0, -1), flat.shape[1]!]);
  }
  const [m, k] = transposeA ? [a.shape.at(-1)!, a.shape.at(-2)!] : [a.shape.at(-2)!, a.shape.at(-1)!];
  const [kb, n] = transposeB ? [b.shape.at(-1)!, b.shape.at(-2)!] : [b.shape.at(-2)!, b.shape.at(-1)!];
  if (k !== kb) throw new GraphError('matmul', `inner sizes ${k} and ${kb} differ`, [a, b]);
  if (a.type !== b.type) throw new GraphError('matmul', 'inputs have different types', [a, b]);
  const batch = broadcastBatch(a, b);
  const plain = !transposeA && !transposeB && alpha === 1;
  return addNode(plain ? 'MatMul' : 'FusedMatMul', [a, b], {
    ...(plain
      ? {}
      : {
          domain: 'com.microsoft' as const,
          attributes: { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0, alpha: float(alpha) },
        }),
    outputs: [{ shape: [...batch, m, n] }],
    gradient: () => (gradients, wanted) => {
      const g = gradients[0]!;
      const toA = () =>
        transposeA
          ? matmul(b, g, { transposeA: transposeB, transposeB: true, alpha })
          : matmul(g, b, { transposeB: !transposeB, alpha });
      const toB = () =>
        transposeB
          ? matmul(g, a, { transposeA: true, transposeB: transposeA, alpha })
          : matmul(a, g, { transposeA: !transposeA, alpha });
      return [wanted[0] ? toA() : undefined, wanted[1] ? toB() : undefined];
    },
  })[0]!;
}

function broadcastBatch(a: Tensor, b: Tensor): number[] {
  const rank = Math.max(a.shape.length, b.shape.length) - 2;
  return Array.from({ length: rank }, (_, axis) => {
    const left = a.shape[axis - rank + a.shape.length - 2] ?? 1;
    const right = b.shape[axis - rank + b.shape.length - 2] ?? 1;
    if (left !== right && left !== 1 && right !== 1)
      throw new GraphError('matmul', 'batches do not broadcast', [a, b]);
    return left === 1 ? right : left;
  });
}

/** x W^T + bias: x [.., inputs], weight [outputs, inputs], bias [outputs]; PyTorch's layout. */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  if (weight.shape.length !== 2 || x.shape.at(-1) !== weight.shape[1]) {
    throw new GraphError('linear', 'the last axis of x is not the second of the weight', [x, weight]);
  }
  const product = matmul(x.shape.length === 1 ? reshape(x, [1, -1]) : x, weight, { transposeB: true });
  const shaped = x.shape.length === 1 ? reshape(product, [-1]) : product;
  return bias === undefined ? shaped : add(shaped, bias);
}
