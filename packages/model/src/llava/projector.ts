import type { Tensor } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import type { Scope } from '@prs-med/nn';
import * as nn from '@prs-med/nn';

/**
 * LLaVA 1.5's `mlp2x_gelu`: two linear layers with the exact GELU between them, from the tower's width to the language
 * model's: [n, patches, width] to [n, patches, hidden]. Parameters are `0` and `2`, as in the checkpoint.
 */
export function mlpProjector(scope: Scope, features: Tensor, hidden: number): Tensor {
  const inner = ag.gelu(nn.linear(scope.at(0), features, hidden));
  return nn.linear(scope.at(2), inner, hidden);
}
