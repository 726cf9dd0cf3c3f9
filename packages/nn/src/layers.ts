import type { Tensor } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import type { Scope } from './scope.js';

/** Low-rank adaptation of a linear layer (Hu et al., 2021): W + alpha / rank x B A. */
export interface LoraOptions {
  readonly rank: number;
  readonly alpha: number;
}

interface LinearOptions {
  readonly bias?: boolean;
  readonly lora?: LoraOptions | undefined;
}

/** `weight` [outputs, inputs] and `bias`; with LoRA also `lora_A.weight` [rank, inputs], `lora_B.weight` [outputs, rank]. */
export function linear(scope: Scope, x: Tensor, outputs: number, options: LinearOptions = {}): Tensor {
  const inputs = x.shape.at(-1)!;
  const weight = scope.parameter('weight', [outputs, inputs]);
  const bias = options.bias === false ? undefined : scope.parameter('bias', [outputs]);
  const base = ag.linear(x, weight, bias);
  if (options.lora === undefined) return base;
  const { rank, alpha } = options.lora;
  const down = ag.linear(x, scope.at('lora_A').parameter('weight', [rank, inputs]));
  const up = scope.at('lora_B').parameter('weight', [outputs, rank]);
  return ag.add(base, ag.matmul(down, up, { transposeB: true, alpha: alpha / rank }));
}

/** W + alpha / rank x B A as one matrix [outputs, inputs]: LoRA merged into its layer. */
export function mergeLora(
  weight: Float32Array,
  a: Float32Array,
  b: Float32Array,
  outputs: number,
  inputs: number,
  { rank, alpha }: LoraOptions,
): Float32Array {
  if (weight.length !== outputs * inputs || a.length !== rank * inputs || b.length !== outputs * rank) {
    throw new Error(
      `mergeLora: sizes do not fit a layer of ${inputs} inputs, ${outputs} outputs and rank ${rank}`,
    );
  }
  const merged = weight.slice();
  for (let o = 0; o < outputs; o++) {
    for (let r = 0; r < rank; r++) {
      const factor = (b[o * rank + r]! * alpha) / rank;
      for (let i = 0; i < inputs; i++) merged[o * inputs + i]! += factor * a[r * inputs + i]!;
    }
  }
  return merged;
}

interface ConvolutionLayerOptions extends ag.ConvolutionOptions {
  readonly bias?: boolean;
}

/** `weight` [outputs, inputs / groups, kernel, kernel] and `bias`. */
export function convolution(
  scope: Scope,
  x: Tensor,
  outputs: number,
  kernel: number,
  options: ConvolutionLayerOptions = {},
): Tensor {
  const weight = scope.parameter('weight', [outputs, x.shape[1]! / (options.groups ?? 1), kernel, kernel]);
  const bias = options.bias === false ? undefined : scope.parameter('bias', [outputs]);
  return ag.convolution(x, weight, bias, options);
}

/** `weight` [inputs, outputs, kernel, kernel] and `bias`; kernel = stride, so that height and width grow by it. */
export function upsamplingConvolution(scope: Scope, x: Tensor, outputs: number, stride: number): Tensor {
  const weight = scope.parameter('weight', [x.shape[1]!, outputs, stride, stride]);
  return ag.transposedConvolution(x, weight, scope.parameter('bias', [outputs]), { stride });
}

export const layerNorm = (scope: Scope, x: Tensor, epsilon = 1e-5): Tensor =>
  ag.layerNorm(
    x,
    scope.parameter('weight', [x.shape.at(-1)!]),
    scope.parameter('bias', [x.shape.at(-1)!]),
    epsilon,
  );

export const rmsNorm = (scope: Scope, x: Tensor, epsilon = 1e-5): Tensor =>
  ag.rmsNorm(x, scope.parameter('weight', [x.shape.at(-1)!]), epsilon);

export const groupNorm = (scope: Scope, x: Tensor, groups: number, epsilon = 1e-5): Tensor =>
  ag.groupNorm(
    x,
    groups,
    scope.parameter('weight', [x.shape[1]!]),
    scope.parameter('bias', [x.shape[1]!]),
    epsilon,
  );

interface FoldedOptions extends ag.ConvolutionOptions {
  readonly epsilon: number;
}

/**
 * Convolution without bias, then batch norm with its stored statistics (`weight`, `bias`, `running_mean`,
 * `running_var`), folded into the kernel: the norm costs nothing, and its weight and bias still train.
 */
export function convolutionBatchNorm(
  convolutionScope: Scope,
  normScope: Scope,
  x: Tensor,
  outputs: number,
  kernel: number,
  options: FoldedOptions,
): Tensor {
  const weight = convolutionScope.parameter('weight', [
    outputs,
    x.shape[1]! / (options.groups ?? 1),
    kernel,
    kernel,
  ]);
  const statistics = (name: string) => normScope.parameter(name, [outputs]);
  const factor = ag.divide(
    statistics('weight'),
    ag.squareRoot(ag.add(ag.stopGradient(statistics('running_var')), options.epsilon)),
  );
  const shift = ag.subtract(
    statistics('bias'),
    ag.multiply(ag.stopGradient(statistics('running_mean')), factor),
  );
  return ag.convolution(x, ag.multiply(weight, ag.reshape(factor, [outputs, 1, 1, 1])), shift, options);
}
