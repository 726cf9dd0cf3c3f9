/** Element types that graphs here carry; ONNX's names for them. */
export type DataType = 'float32' | 'float16' | 'int64' | 'int32' | 'int8' | 'uint8' | 'bool';

/** ONNX's numbers for element types (TensorProto.DataType). */
export const ELEMENT_TYPES: Readonly<Record<DataType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
};

/** Sizes of the axes, outermost first; a scalar is []. */
export type Shape = readonly number[];

export type TensorData = Float32Array | Uint16Array | BigInt64Array | Int32Array | Int8Array | Uint8Array;

export type AttributeValue = number | string | readonly number[] | { readonly float: number };

/** A number that ONNX wants as a float even when it is whole. */
export const float = (value: number): { readonly float: number } => ({ float: value });

/** A symbolic value of static shape: the output of a node. It holds no numbers. */
export interface Tensor {
  readonly shape: Shape;
  readonly type: DataType;
  readonly node: Node;
  readonly output: number;
}

/**
 * Gradients of a node's inputs from the gradients of its outputs. `wanted[i]` says whether input i needs one, so
 * that a rule can leave out what costs. A gradient may have the broadcast shape: `gradients` sums it back.
 */
export type GradientRule = (
  outputGradients: readonly (Tensor | undefined)[],
  wanted: readonly boolean[],
) => readonly (Tensor | undefined)[];

/** One ONNX operator, or a leaf: `Input` (fed at each run) or `Constant` (an initializer). */
export interface Node {
  readonly operator: string;
  readonly domain: '' | 'com.microsoft';
  readonly inputs: readonly (Tensor | undefined)[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly outputs: readonly Tensor[];
  readonly gradient: GradientRule | undefined;
  /** Order of creation, a topological order. */
  readonly order: number;
  /** Name of an `Input` or of a named `Constant`. */
  readonly name: string | undefined;
  /** Data of a `Constant`, or a function that gives it when the graph is compiled. */
  readonly data: TensorData | (() => TensorData) | undefined;
}

let created = 0;

export interface NodeOptions {
  readonly domain?: 'com.microsoft';
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  /** Shapes of the outputs; types default to that of the first input. */
  readonly outputs: readonly { readonly shape: Shape; readonly type?: DataType }[];
  readonly gradient?: (outputs: readonly Tensor[]) => GradientRule;
}

/** Adds one ONNX operator to the graph that its inputs belong to. */
export function addNode(
  operator: string,
  inputs: readonly (Tensor | undefined)[],
  options: NodeOptions,
): readonly Tensor[] {
  const outputs: Tensor[] = [];
  const firstType = inputs.find((input) => input !== undefined)?.type ?? 'float32';
  const node: Node = {
    operator,
    domain: options.domain ?? '',
    inputs,
    attributes: options.attributes ?? {},
    outputs,
    gradient: options.gradient === undefined ? undefined : (g, wanted) => rule(g, wanted),
    order: created++,
    name: undefined,
    data: undefined,
  };
  options.outputs.forEach((output, index) => {
    outputs.push({ shape: output.shape, type: output.type ?? firstType, node, output: index });
  });
  const rule: GradientRule = options.gradient?.(outputs) ?? (() => []);
  return outputs;
}

function addLeaf(
  operator: 'Input' | 'Constant',
  shape: Shape,
  type: DataType,
  name: string | undefined,
  data: TensorData | (() => TensorData) | undefined,
): Tensor {
  const outputs: Tensor[] = [];
  const node: Node = {
    operator,
    domain: '',
    inputs: [],
    attributes: {},
    outputs,
    gradient: undefined,
    order: created++,
    name,
    data,
  };
  const tensor: Tensor = { shape, type, node, output: 0 };
  outputs.push(tensor);
  return tensor;
}

/** A value fed at each run under `name`. */
export function input(name: string, shape: Shape, type: DataType = 'float32'): Tensor {
  return addLeaf('Input', shape, type, name, undefined);
}

/**
 * A value that never changes. `data` may be a function, called once when the graph is compiled, so that large
 * weights are read late. Throws if the data's length is not that of the shape.
 */
export function constant(
  data: TensorData | (() => TensorData),
  shape: Shape,
  type: DataType = 'float32',
  name?: string,
): Tensor {
  if (typeof data !== 'function' && data.length !== elementCount(shape)) {
    throw new GraphError('constant', `has ${data.length} elements for shape ${formatShape(shape)}`, []);
  }
  return addLeaf('Constant', shape, type, name, data);
}

const scalars = new Map<number, Tensor>();

/** A float32 scalar constant; the same number gives the same tensor. */
export function scalar(value: number): Tensor {
  let tensor = scalars.get(value);
  if (tensor === undefined) {
    tensor = constant(new Float32Array([value]), []);
    scalars.set(value, tensor);
  }
  return tensor;
}

/** A 1-D int64 constant, as ONNX takes axes, sizes and indices. */
export function integers(values: readonly number[]): Tensor {
  return constant(BigInt64Array.from(values, BigInt), [values.length], 'int64');
}

export const elementCount = (shape: Shape): number => shape.reduce((product, size) => product * size, 1);

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((size, axis) => size === b[axis]);

export const formatShape = (shape: Shape): string => `[${shape.join(', ')}]`;

/** A graph that cannot be built: names the operation, what is wrong, and every input's shape. */
export class GraphError extends Error {
  override readonly name = 'GraphError';
  constructor(operation: string, problem: string, inputs: readonly (Tensor | undefined)[]) {
    const shapes = inputs
      .filter((tensor) => tensor !== undefined)
      .map(
        (tensor) =>
          `${tensor.node.name === undefined ? '' : `${tensor.node.name} `}${tensor.type}${formatShape(tensor.shape)}`,
      )
      .join(', ');
    super(`${operation}: ${problem}${shapes === '' ? '' : `; inputs: ${shapes}`}`);
  }
}

/** Axis counted from the front; negative ones count from the end. Throws when it is outside the shape. */
export function normalizeAxis(operation: string, axis: number, tensor: Tensor): number {
  const rank = tensor.shape.length;
  const normalized = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || normalized < 0 || normalized >= rank) {
    throw new GraphError(operation, `axis ${axis} is outside a tensor of ${rank} axes`, [tensor]);
  }
  return normalized;
}

/** The shape that two shapes broadcast to, as NumPy and ONNX do it. Throws when they do not. */
export function broadcastShapes(operation: string, a: Tensor, b: Tensor): Shape {
  const rank = Math.max(a.shape.length, b.shape.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a.shape[axis - rank + a.shape.length] ?? 1;
    const right = b.shape[axis - rank + b.shape.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) {
      throw new GraphError(operation, 'shapes do not broadcast', [a, b]);
    }
    return left === 1 ? right : left;
  });
}
