import type { Tensor } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import type { Scope } from '@prs-med/nn';
import * as nn from '@prs-med/nn';

/**
 * Attention of `queries` [n, q, width] on `memory` [n, k, width], to [n, q, width]; parameters are those of PyTorch's
 * `MultiheadAttention`: queries, keys and values in that order in `in_proj_weight` [3 width, width] and `in_proj_bias`.
 * @param bias added to the scores; broadcasts to [n, 1, q, k]
 */
export function multiHeadAttention(
  scope: Scope,
  queries: Tensor,
  memory: Tensor,
  heads: number,
  bias?: Tensor,
): Tensor {
  const [n, length, width] = queries.shape as [number, number, number];
  const thirds = [width, width, width];
  const weights = ag.split(scope.parameter('in_proj_weight', [3 * width, width]), 0, thirds);
  const biases = ag.split(scope.parameter('in_proj_bias', [3 * width]), 0, thirds);
  const [q, k, v] = [queries, memory, memory].map((x, part) => {
    const flat = ag.linear(x, weights[part]!, biases[part]!);
    const apart = ag.transpose(ag.reshape(flat, [n, -1, heads, width / heads]), [0, 2, 1, 3]);
    return ag.split(apart, 1, new Array<number>(heads).fill(1));
  }) as [readonly Tensor[], readonly Tensor[], readonly Tensor[]];
  // One head after the other: the scores of all of them, for 64 x 64 positions, would take 1 GB.
  const seen = q.map((_, head) => ag.attention(q[head]!, k[head]!, v[head]!, bias ? { bias } : {}));
  const joined = ag.reshape(ag.transpose(ag.concatenate(seen, 1), [0, 2, 1, 3]), [n, length, width]);
  return nn.linear(scope.at('out_proj'), joined, width);
}
