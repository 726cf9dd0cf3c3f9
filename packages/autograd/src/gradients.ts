import { add, unbroadcast } from './operations/elementwise.js';
import { expand } from './operations/layout.js';
import { GraphError, type Node, sameShape, scalar, type Tensor } from './tensor.js';

/**
 * Gradients of a scalar with respect to tensors, as tensors of the same graph: reverse-mode differentiation. A
 * parameter that the loss does not depend on gets zeros. Throws GraphError for a loss that is no scalar or a path
 * through an operator without a rule.
 */
export function gradients(loss: Tensor, parameters: readonly Tensor[]): Tensor[] {
  if (loss.shape.length !== 0) throw new GraphError('gradients', 'the loss is not a scalar', [loss]);
  const needed = nodesBetween(loss, parameters);
  const collected = new Map<Tensor, Tensor>([[loss, scalar(1)]]);
  const wantedTensors = new Set(parameters);
  for (const node of [...needed].sort((a, b) => b.order - a.order)) {
    const outputGradients = node.outputs.map((output) => collected.get(output));
    if (node.inputs.length === 0 || outputGradients.every((g) => g === undefined)) continue;
    const wanted = node.inputs.map(
      (input) =>
        input !== undefined &&
        input.type === 'float32' &&
        (wantedTensors.has(input) || needed.has(input.node)),
    );
    if (!wanted.includes(true)) continue;
    if (node.gradient === undefined) {
      if (node.operator === 'Identity') continue;
      throw new GraphError(node.operator, 'has no gradient rule', node.inputs);
    }
    const inputGradients = node.gradient(outputGradients, wanted);
    node.inputs.forEach((input, index) => {
      const gradient = inputGradients[index];
      if (input === undefined || !wanted[index] || gradient === undefined) return;
      const shaped = unbroadcast(gradient, input);
      const earlier = collected.get(input);
      collected.set(input, earlier === undefined ? shaped : add(earlier, shaped));
    });
  }
  return parameters.map((parameter) => {
    const gradient = collected.get(parameter);
    if (gradient === undefined) return expand(scalar(0), parameter.shape);
    if (!sameShape(gradient.shape, parameter.shape))
      throw new GraphError('gradients', 'has another shape', [gradient, parameter]);
    return gradient;
  });
}

/** Nodes on a path from any parameter to the loss; only their inputs get gradients. */
function nodesBetween(loss: Tensor, parameters: readonly Tensor[]): Set<Node> {
  const reached = new Map<Node, boolean>();
  const targets = new Set(parameters);
  for (const parameter of parameters)
    if (parameter.node.inputs.length === 0) reached.set(parameter.node, true);
  const stack: Node[] = [loss.node];
  while (stack.length > 0) {
    const node = stack[stack.length - 1]!;
    if (reached.has(node)) {
      stack.pop();
      continue;
    }
    const open = node.inputs.filter(
      (input): input is Tensor => input !== undefined && !reached.has(input.node),
    );
    if (open.length > 0) {
      stack.push(...open.map((input) => input.node));
      continue;
    }
    stack.pop();
    const blocked = node.operator === 'Identity' && node.gradient === undefined;
    const own = node.inputs.some(
      (input) => input !== undefined && (targets.has(input) || reached.get(input.node)),
    );
    reached.set(node, own && !blocked);
  }
  return new Set([...reached].filter(([, on]) => on).map(([node]) => node));
}
