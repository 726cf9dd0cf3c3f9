import type { Tensor } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import type { Scope } from '@prs-med/nn';
import * as nn from '@prs-med/nn';

/**
 * Layer norm, and attention of every position of a feature map x [n, height, width, channels] on those of its own
 * window, `window` x `window` of them; maps are padded with zeros at the bottom and the right to whole windows.
 *
 * Parameters as TinyViT has them (Wu et al., 2022, `Attention`): `norm`, `qkv` with the rows of each head's query, key
 * and value in turn, `attention_biases` [heads, window^2], one number for each distance of rows and columns, and `proj`.
 * @throws GraphError for channels that do not divide into heads
 */
export function windowAttention(scope: Scope, x: Tensor, heads: number, window: number): Tensor {
  const [n, height, width, channels] = x.shape as [number, number, number, number];
  if (channels % heads !== 0)
    throw new ag.GraphError('windowAttention', `${channels} channels do not divide into ${heads} heads`, [x]);
  const rows = Math.ceil(height / window);
  const columns = Math.ceil(width / window);
  // The norm comes after the padding: attention sees padded positions as the norm's bias, as in the reference.
  const padded = resizeMap(x, rows * window, columns * window);
  const normed = nn.layerNorm(scope.at('norm'), padded);
  const part = headParts(scope.at('qkv'), channels, heads);
  const windows = (map: Tensor): Tensor => {
    const apart = ag.reshape(map, [n, rows, window, columns, window, heads, channels / heads]);
    const grouped = ag.transpose(apart, [0, 1, 3, 5, 2, 4, 6]);
    return ag.reshape(grouped, [n * rows * columns, heads, window * window, channels / heads]);
  };
  // A bias of the keys moves all scores of a query alike, and softmax forgets it; one of the values passes through the
  // average as it is, so that the projection's bias can take it. Neither needs a sum over the map.
  const query = part(0);
  const value = part(2);
  const q = windows(ag.linear(normed, query.weight, query.bias));
  const k = windows(ag.linear(normed, part(1).weight));
  const v = windows(ag.linear(normed, value.weight));
  const seen = ag.attention(q, k, v, { bias: relativeBias(scope, heads, window) });
  const apart = ag.reshape(seen, [n, rows, columns, heads, window, window, channels / heads]);
  const joined = ag.transpose(apart, [0, 1, 4, 2, 5, 3, 6]);
  const map = ag.reshape(joined, padded.shape);
  return project(scope.at('proj'), resizeMap(map, height, width), value.bias);
}

/** Zeros added to, or rows and columns cut from, the end of a map [n, h, w, c]. */
function resizeMap(x: Tensor, height: number, width: number): Tensor {
  return ag.pad(x, [
    [0, 0],
    [0, height - x.shape[1]!],
    [0, width - x.shape[2]!],
    [0, 0],
  ]);
}

/** The rows of a joint projection that make all heads' queries (0), keys (1) or values (2). */
function headParts(scope: Scope, channels: number, heads: number) {
  const each = channels / heads;
  const weight = ag.reshape(scope.parameter('weight', [3 * channels, channels]), [heads, 3, each, channels]);
  const bias = ag.reshape(scope.parameter('bias', [3 * channels]), [heads, 3, each]);
  return (part: 0 | 1 | 2) => ({
    weight: ag.reshape(ag.slice(weight, 1, part, part + 1), [channels, channels]),
    bias: ag.reshape(ag.slice(bias, 1, part, part + 1), [channels]),
  });
}

/** The output projection of x + shift, where the shift [channels] is the same everywhere. */
function project(scope: Scope, x: Tensor, shift: Tensor): Tensor {
  const channels = shift.shape[0]!;
  const weight = scope.parameter('weight', [channels, channels]);
  const moved = ag.linear(shift, weight, scope.parameter('bias', [channels]));
  return ag.linear(x, weight, moved);
}

/** The learned biases laid out for the scores of a window: [heads, window^2, window^2]. */
function relativeBias(scope: Scope, heads: number, window: number): Tensor {
  const biases = scope.parameter('attention_biases', [heads, window ** 2]);
  const ids = ag.constant(distanceIds(window), [window ** 2, window ** 2], 'int64');
  return ag.transpose(ag.embedding(ag.transpose(biases, [1, 0]), ids), [2, 0, 1]);
}

/** Number of the bias for each two positions of a window: distance of the rows x window + distance of the columns. */
function distanceIds(window: number): BigInt64Array {
  const positions = window ** 2;
  const ids = new BigInt64Array(positions ** 2);
  for (let from = 0; from < positions; from++) {
    for (let to = 0; to < positions; to++) {
      const rows = Math.abs(Math.floor(from / window) - Math.floor(to / window));
      const columns = Math.abs((from % window) - (to % window));
      ids[from * positions + to] = BigInt(rows * window + columns);
    }
  }
  return ids;
}
