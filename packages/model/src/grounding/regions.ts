import type { Tensor } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import type { Scope } from '@prs-med/nn';
import * as nn from '@prs-med/nn';
import { zoneMaps } from '../fusion/zone-maps.js';

/** Tokens that tell the language model of the mask: what it looks like, which zone it is in, where and how large. */
export const REGION_TOKENS = 3;

const ZONES = 5;

/**
 * Tokens [n, 3, hidden] from mask probabilities [n, 1, side, side] and the embedding [n, width, s, s]. Gradients flow
 * through the averages; the zone by the rule, the box and whether there is anything are read off the mask at 0.5.
 */
export function regionTokens(scope: Scope, probabilities: Tensor, embedding: Tensor, hidden: number): Tensor {
  const [n, width, side] = embedding.shape as [number, number, number];
  const size = probabilities.shape[2]!;
  const small = ag.reshape(ag.adaptiveAveragePool(probabilities, side, side), [n, 1, side * side]);
  const total = ag.add(ag.sum(small, { axes: [2] }), 1e-3);
  const flat = ag.reshape(embedding, [n, width, side * side]);
  const look = ag.divide(ag.reshape(ag.matmul(flat, small, { transposeB: true }), [n, width]), total);
  const maps = ag.reshape(ag.slice(zoneMaps(side), 1, 0, ZONES), [1, ZONES, side * side]);
  const occupancy = ag.divide(ag.sum(ag.multiply(small, maps), { axes: [2] }), total);
  const box = boundingBox(probabilities);
  const zone = ag.concatenate([zoneByRule(box, size), occupancy], 1);
  const area = ag.mean(probabilities, { axes: [1, 2, 3] });
  const highest = ag.max(probabilities, { axes: [1, 2, 3] });
  const scalars = [area, ag.squareRoot(ag.add(area, 1e-6)), highest].map((value) =>
    ag.reshape(value, [n, 1]),
  );
  const edges = [box.left, box.top, box.right, box.bottom].map((edge) => ag.multiply(edge, 1 / size));
  const geometry = ag.concatenate([...edges, centroid(small, total, side), ...scalars], 1);
  const token = (name: string, value: Tensor): Tensor =>
    ag.reshape(nn.linear(scope.at(name), value, hidden), [n, 1, hidden]);
  const tokens = [
    token('look', nn.layerNorm(scope.at('look_norm'), look)),
    token('zone', zone),
    token('geometry', geometry),
  ];
  return nn.rmsNorm(scope.at('norm'), ag.concatenate(tokens, 1));
}

function centroid(small: Tensor, total: Tensor, side: number): Tensor {
  const places = new Float32Array(2 * side * side);
  for (let i = 0; i < side * side; i++) {
    places[i] = ((i % side) + 0.5) / side;
    places[side * side + i] = (Math.floor(i / side) + 0.5) / side;
  }
  const weighted = ag.multiply(small, ag.constant(places, [1, 2, side * side]));
  return ag.divide(ag.sum(weighted, { axes: [2] }), total);
}

interface BoxTensors {
  /** Pixel indices [n, 1], both ends included; 0 and -1 where there is nothing. */
  readonly left: Tensor;
  readonly top: Tensor;
  readonly right: Tensor;
  readonly bottom: Tensor;
  /** 1 where there is anything above 0.5: [n, 1]. */
  readonly present: Tensor;
}

function boundingBox(probabilities: Tensor): BoxTensors {
  const [n, , size] = probabilities.shape as [number, number, number];
  const solid = ag.stopGradient(ag.cast(ag.greater(probabilities, 0.5), 'float32'));
  const columns = ag.reshape(ag.max(solid, { axes: [1, 2] }), [n, size]);
  const rows = ag.reshape(ag.max(solid, { axes: [1, 3] }), [n, size]);
  const up = ag.constant(
    Float32Array.from({ length: size }, (_, i) => i + 1),
    [1, size],
  );
  const down = ag.constant(
    Float32Array.from({ length: size }, (_, i) => size - i),
    [1, size],
  );
  const furthest = (line: Tensor, ramp: Tensor) =>
    ag.max(ag.multiply(line, ramp), { axes: [1], keepDimensions: true });
  const present = ag.max(rows, { axes: [1], keepDimensions: true });
  const first = (line: Tensor) => ag.multiply(ag.subtract(size, furthest(line, down)), present);
  const last = (line: Tensor) => ag.subtract(furthest(line, up), 1);
  return { left: first(columns), top: first(rows), right: last(columns), bottom: last(rows), present };
}

/** One of five zones, or none, as [n, 6] of 0 and 1: the rule of `zoneOfBox` in packages/imaging. */
function zoneByRule({ left, top, right, bottom, present }: BoxTensors, size: number): Tensor {
  const center = Math.floor(size / 2);
  const holds = (low: Tensor, high: Tensor) =>
    ag.multiply(asNumber(ag.less(low, center + 0.5)), asNumber(ag.greater(high, center - 0.5)));
  const central = ag.multiply(holds(left, right), holds(top, bottom));
  // The middle pixel rounds down: 2 x centre is already the far side.
  const isLow = (low: Tensor, high: Tensor) => asNumber(ag.less(ag.add(low, high), 2 * center - 0.5));
  const isLeft = isLow(left, right);
  const isTop = isLow(top, bottom);
  const outside = ag.multiply(ag.subtract(1, central), present);
  const not = (value: Tensor) => ag.subtract(1, value);
  const corner = (vertical: Tensor, horizontal: Tensor) =>
    ag.multiply(outside, ag.multiply(vertical, horizontal));
  return ag.concatenate(
    [
      corner(isTop, isLeft),
      corner(isTop, not(isLeft)),
      corner(not(isTop), isLeft),
      corner(not(isTop), not(isLeft)),
      ag.multiply(central, present),
      not(present),
    ],
    1,
  );
}

const asNumber = (value: Tensor): Tensor => ag.cast(value, 'float32');
