import type { Node, Tensor } from '@prs-med/autograd';
import { elementCount } from '@prs-med/autograd';

/** 2 for each multiply-add of a matrix product or a convolution; elementwise work is not counted. */
export function operationsOfNode(node: Node): number {
  const output = elementCount(node.outputs[0]?.shape ?? []);
  const [first, second] = node.inputs;
  if (node.operator === 'Conv') return 2 * output * elementCount(second!.shape.slice(1));
  if (node.operator === 'MatMul') return 2 * output * first!.shape.at(-1)!;
  if (node.operator === 'FusedMatMul')
    return 2 * output * first!.shape.at(node.attributes.transA === 1 ? -2 : -1)!;
  return 0;
}

/** All that lead to the outputs, inputs before what uses them. */
function nodesOf(outputs: readonly Tensor[]): Node[] {
  const seen = new Set<Node>();
  const stack = outputs.map(({ node }) => node);
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (seen.has(node)) continue;
    seen.add(node);
    for (const input of node.inputs) if (input !== undefined) stack.push(input.node);
  }
  return [...seen].sort((a, b) => a.order - b.order);
}

/** Operations that running the graph takes. */
export const executedOperations = (outputs: readonly Tensor[]): number =>
  nodesOf(outputs).reduce((total, node) => total + operationsOfNode(node), 0);

/**
 * Operations that the outputs and their gradients with respect to the parameters call for: each product once forward,
 * and once for each of its inputs that depends on a parameter. How the gradient is made does not matter: zeros that an
 * implementation multiplies are not counted.
 */
export function neededOperations(outputs: readonly Tensor[], parameters: readonly Tensor[]): number {
  const trained = new Set(parameters);
  const dependent = new Set<Node>();
  let total = 0;
  for (const node of nodesOf(outputs)) {
    const inputs = node.inputs.filter(
      (input) => input !== undefined && (trained.has(input) || dependent.has(input.node)),
    );
    if (inputs.length > 0) dependent.add(node);
    // A convolution's bias takes additions only.
    const factors = inputs.filter((input) => input === node.inputs[0] || input === node.inputs[1]);
    total += operationsOfNode(node) * (1 + factors.length);
  }
  return total;
}
