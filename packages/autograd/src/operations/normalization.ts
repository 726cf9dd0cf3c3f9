import { addNode, constant, float, GraphError, type Tensor } from '../tensor.js';
import { add, divide, multiply, reciprocal, squareRoot, subtract } from './elementwise.js';
import { reshape, transpose } from './layout.js';
import { mean, sum } from './reduction.js';

const leading = (x: Tensor): number[] => x.shape.slice(0, -1).map((_, axis) => axis);

const checkScale = (operation: string, x: Tensor, weight: Tensor, bias?: Tensor): void => {
  const size = x.shape.at(-1);
  if (
    weight.shape.length !== 1 ||
    weight.shape[0] !== size ||
    (bias !== undefined && bias.shape[0] !== size)
  ) {
    throw new GraphError(operation, 'the weight does not fit the last axis', [
      x,
      weight,
      ...(bias ? [bias] : []),
    ]);
  }
};

/** (x - mean) / sqrt(variance + epsilon) over the last axis, times weight, plus bias. */
export function layerNorm(x: Tensor, weight: Tensor, bias: Tensor, epsilon = 1e-5): Tensor {
  checkScale('layerNorm', x, weight, bias);
  const statistics = [...x.shape.slice(0, -1), 1];
  return addNode('LayerNormalization', [x, weight, bias], {
    attributes: { axis: -1, epsilon: float(epsilon) },
    outputs: [{ shape: x.shape }, { shape: statistics }, { shape: statistics }],
    gradient: (outputs) => (gradients, wanted) => {
      const g = gradients[0]!;
      const [, average, inverse] = outputs as [Tensor, Tensor, Tensor];
      const normalized = multiply(subtract(x, average), inverse);
      return [
        wanted[0]
          ? normalizedGradient(multiply(g, weight), normalized, inverse, [x.shape.length - 1])
          : undefined,
        wanted[1] ? sum(multiply(g, normalized), { axes: leading(x) }) : undefined,
        wanted[2] ? sum(g, { axes: leading(x) }) : undefined,
      ];
    },
  })[0]!;
}

/** Gradient through (x - mean) / deviation: inverse (g - mean g - normalized mean(g normalized)). */
function normalizedGradient(g: Tensor, normalized: Tensor, inverse: Tensor, axes: readonly number[]): Tensor {
  const options = { axes, keepDimensions: true };
  const along = mean(multiply(g, normalized), options);
  return multiply(subtract(subtract(g, mean(g, options)), multiply(normalized, along)), inverse);
}

/** Layer norm over the channels of [n, c, h, w], as SAM's necks have it. */
export function layerNormChannels(x: Tensor, weight: Tensor, bias: Tensor, epsilon = 1e-6): Tensor {
  const last = layerNorm(transpose(x, [0, 2, 3, 1]), weight, bias, epsilon);
  return transpose(last, [0, 3, 1, 2]);
}

/** x / sqrt(mean(x^2) + epsilon) over the last axis, times weight. */
export function rmsNorm(x: Tensor, weight: Tensor, epsilon = 1e-5): Tensor {
  checkScale('rmsNorm', x, weight);
  return addNode('SimplifiedLayerNormalization', [x, weight], {
    attributes: { axis: -1, epsilon: float(epsilon), stash_type: 1 },
    outputs: [{ shape: x.shape }, { shape: [...x.shape.slice(0, -1), 1] }],
    gradient: (outputs) => (gradients, wanted) => {
      const g = gradients[0]!;
      const inverse = outputs[1]!;
      const scaled = wanted[0] ? multiply(g, weight) : undefined;
      const cubed = multiply(multiply(inverse, inverse), inverse);
      return [
        scaled &&
          subtract(
            multiply(scaled, inverse),
            multiply(x, multiply(mean(multiply(scaled, x), { axes: [-1], keepDimensions: true }), cubed)),
          ),
        wanted[1] ? sum(multiply(g, multiply(x, inverse)), { axes: leading(x) }) : undefined,
      ];
    },
  })[0]!;
}

/** Each channel of each picture brought to mean 0 and variance 1; no affine part. x [n, c, h, w]. */
export function instanceNorm(x: Tensor, epsilon = 1e-5): Tensor {
  const channels = x.shape[1]!;
  const axes = x.shape.map((_, axis) => axis).slice(2);
  const one = constant(new Float32Array(channels).fill(1), [channels]);
  const zero = constant(new Float32Array(channels), [channels]);
  return addNode('InstanceNormalization', [x, one, zero], {
    attributes: { epsilon: float(epsilon) },
    outputs: [{ shape: x.shape }],
    gradient: (outputs) => (g) => {
      const average = mean(x, { axes, keepDimensions: true });
      const variance = subtract(
        mean(multiply(x, x), { axes, keepDimensions: true }),
        multiply(average, average),
      );
      const inverse = reciprocal(squareRoot(add(variance, epsilon)));
      return [normalizedGradient(g[0]!, outputs[0]!, inverse, axes)];
    },
  })[0]!;
}

/** Groups of channels normalised together, then scaled and shifted by channel. x [n, c, h, w]. */
export function groupNorm(x: Tensor, groups: number, weight: Tensor, bias: Tensor, epsilon = 1e-5): Tensor {
  const [n, c] = x.shape as [number, number];
  if (c % groups !== 0)
    throw new GraphError('groupNorm', `${c} channels do not divide into ${groups} groups`, [x]);
  const normalized = reshape(instanceNorm(reshape(x, [n, groups, -1]), epsilon), x.shape);
  return add(multiply(normalized, reshape(weight, [1, c, 1, 1])), reshape(bias, [1, c, 1, 1]));
}

/** Batch norm with the batch's own statistics (biased variance), as in training. x [n, c, h, w]. */
export function batchNormTraining(x: Tensor, weight: Tensor, bias: Tensor, epsilon = 1e-5): Tensor {
  const c = x.shape[1]!;
  const options = { axes: [0, 2, 3], keepDimensions: true };
  const centered = subtract(x, mean(x, options));
  const deviation = squareRoot(add(mean(multiply(centered, centered), options), epsilon));
  return add(
    multiply(divide(centered, deviation), reshape(weight, [1, c, 1, 1])),
    reshape(bias, [1, c, 1, 1]),
  );
}
