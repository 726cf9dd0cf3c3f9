import { constant, matmul, type Tensor } from '@prs-med/autograd';

/** One or more linears over the same input in float32, their rows joined; LoRA is merged into them. */
export interface FloatLinear {
  readonly kind: 'float32';
  readonly inputs: number;
  readonly outputs: number;
  /** [outputs, inputs]. */
  readonly weight: Float32Array;
}

/** x [length, K] through the joined linears, [length, N]. */
export const floatLinear = (x: Tensor, { weight, outputs, inputs }: FloatLinear): Tensor =>
  matmul(x, constant(weight, [outputs, inputs]), { transposeB: true });
