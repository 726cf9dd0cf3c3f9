import {
  addNode,
  broadcastShapes,
  type DataType,
  ELEMENT_TYPES,
  float,
  GraphError,
  sameShape,
  scalar,
  type Tensor,
} from '../tensor.js';
import { sumTo } from './reduction.js';

type Operand = Tensor | number;

const asTensor = (value: Operand): Tensor => (typeof value === 'number' ? scalar(value) : value);

function binary(
  operator: string,
  left: Operand,
  right: Operand,
  rule: (
    g: Tensor,
    a: Tensor,
    b: Tensor,
    out: Tensor,
    wanted: readonly boolean[],
  ) => readonly (Tensor | undefined)[],
): Tensor {
  const a = asTensor(left);
  const b = asTensor(right);
  if (a.type !== b.type) throw new GraphError(operator, 'inputs have different types', [a, b]);
  const shape = broadcastShapes(operator, a, b);
  return addNode(operator, [a, b], {
    outputs: [{ shape }],
    gradient: (outputs) => (g, wanted) => rule(g[0]!, a, b, outputs[0]!, wanted),
  })[0]!;
}

/** a + b with broadcasting. */
export const add = (a: Operand, b: Operand): Tensor => binary('Add', a, b, (g) => [g, g]);

/** a - b with broadcasting. */
export const subtract = (a: Operand, b: Operand): Tensor =>
  binary('Sub', a, b, (g, _a, _b, _out, wanted) => [g, wanted[1] ? negate(g) : undefined]);

/** a x b, element by element, with broadcasting. */
export const multiply = (a: Operand, b: Operand): Tensor =>
  binary('Mul', a, b, (g, x, y, _out, wanted) => [
    wanted[0] ? multiply(g, y) : undefined,
    wanted[1] ? multiply(g, x) : undefined,
  ]);

/** a / b with broadcasting. */
export const divide = (a: Operand, b: Operand): Tensor =>
  binary('Div', a, b, (g, _x, y, out, wanted) => {
    const quotient = divide(g, y);
    return [quotient, wanted[1] ? negate(multiply(quotient, out)) : undefined];
  });

/** The larger of a and b; where they are equal the gradient goes to a. */
export const maximum = (a: Operand, b: Operand): Tensor =>
  binary('Max', a, b, (g, x, y) => {
    const left = cast(greaterOrEqual(x, y), 'float32');
    return [multiply(g, left), multiply(g, subtract(1, left))];
  });

/** The smaller of a and b; where they are equal the gradient goes to a. */
export const minimum = (a: Operand, b: Operand): Tensor => negate(maximum(negate(a), negate(b)));

function compare(operator: string, left: Operand, right: Operand): Tensor {
  const a = asTensor(left);
  const b = asTensor(right);
  if (a.type !== b.type) throw new GraphError(operator, 'inputs have different types', [a, b]);
  return addNode(operator, [a, b], {
    outputs: [{ shape: broadcastShapes(operator, a, b), type: 'bool' }],
  })[0]!;
}

/** a > b as bool. */
export const greater = (a: Operand, b: Operand): Tensor => compare('Greater', a, b);
/** a >= b as bool. */
export const greaterOrEqual = (a: Operand, b: Operand): Tensor => compare('GreaterOrEqual', a, b);
/** a < b as bool. */
export const less = (a: Operand, b: Operand): Tensor => compare('Less', a, b);
/** a = b as bool. */
export const equal = (a: Operand, b: Operand): Tensor => compare('Equal', a, b);

/** a where the condition holds, else b; all three broadcast. */
export function where(condition: Tensor, left: Operand, right: Operand): Tensor {
  const a = asTensor(left);
  const b = asTensor(right);
  if (condition.type !== 'bool')
    throw new GraphError('where', 'the condition is not bool', [condition, a, b]);
  const values = { ...a, shape: broadcastShapes('where', a, b) };
  const shape = broadcastShapes('where', condition, values);
  return addNode('Where', [condition, a, b], {
    outputs: [{ shape, type: a.type }],
    gradient: () => (g, wanted) => [
      undefined,
      wanted[1] ? where(condition, g[0]!, 0) : undefined,
      wanted[2] ? where(condition, 0, g[0]!) : undefined,
    ],
  })[0]!;
}

/** The same values in another element type; gradients pass between float types only. */
export function cast(x: Tensor, type: DataType): Tensor {
  if (x.type === type) return x;
  const isFloat = (t: DataType) => t === 'float32' || t === 'float16';
  return addNode('Cast', [x], {
    attributes: { to: ELEMENT_TYPES[type] },
    outputs: [{ shape: x.shape, type }],
    gradient: () => (g) => [isFloat(x.type) && isFloat(type) ? cast(g[0]!, x.type) : undefined],
  })[0]!;
}

/** The same value, but no gradient passes. */
export const stopGradient = (x: Tensor): Tensor =>
  addNode('Identity', [x], { outputs: [{ shape: x.shape }] })[0]!;

function unary(
  operator: string,
  operand: Operand,
  rule: (g: Tensor, x: Tensor, out: Tensor) => Tensor,
): Tensor {
  const x = asTensor(operand);
  return addNode(operator, [x], {
    outputs: [{ shape: x.shape }],
    gradient: (outputs) => (g) => [rule(g[0]!, x, outputs[0]!)],
  })[0]!;
}

export const negate = (x: Operand): Tensor => unary('Neg', x, (g) => negate(g));
export const exponential = (x: Tensor): Tensor => unary('Exp', x, (g, _x, out) => multiply(g, out));
export const logarithm = (x: Tensor): Tensor => unary('Log', x, (g, input) => divide(g, input));
export const squareRoot = (x: Tensor): Tensor =>
  unary('Sqrt', x, (g, _x, out) => divide(multiply(g, 0.5), out));
export const reciprocal = (x: Tensor): Tensor =>
  unary('Reciprocal', x, (g, _x, out) => negate(multiply(g, multiply(out, out))));
export const sigmoid = (x: Tensor): Tensor =>
  unary('Sigmoid', x, (g, _x, out) => multiply(g, multiply(out, subtract(1, out))));
export const hyperbolicTangent = (x: Tensor): Tensor =>
  unary('Tanh', x, (g, _x, out) => multiply(g, subtract(1, multiply(out, out))));
export const errorFunction = (x: Tensor): Tensor =>
  unary('Erf', x, (g, input) =>
    multiply(multiply(g, 2 / Math.sqrt(Math.PI)), exponential(negate(multiply(input, input)))),
  );
/** log(1 + exp(x)), without overflow. */
export const softplus = (x: Tensor): Tensor =>
  unary('Softplus', x, (g, input) => multiply(g, sigmoid(input)));
export const absolute = (x: Tensor): Tensor => unary('Abs', x, (g, input) => multiply(g, sign(input)));
const sign = (x: Tensor): Tensor => addNode('Sign', [x], { outputs: [{ shape: x.shape }] })[0]!;
export const relu = (x: Tensor): Tensor => unary('Relu', x, (g, _x, out) => where(greater(out, 0), g, 0));

/** min(max(x, 0), 6). */
export const relu6 = (x: Tensor): Tensor => clip(x, 0, 6);

/** x held between low and high; no gradient passes where it is held. */
export function clip(x: Tensor, low: number, high: number): Tensor {
  return addNode('Clip', [x, scalar(low), scalar(high)], {
    outputs: [{ shape: x.shape }],
    gradient: (outputs) => (g) => {
      // The output tells held from passed, so that the input need not be kept: for relu6 both ends get none.
      const out = outputs[0]!;
      const middle = (low + high) / 2;
      return [where(less(absolute(subtract(out, middle)), high - middle), g[0]!, 0)];
    },
  })[0]!;
}

/** x sigmoid(scale x): SiLU at scale 1, QuickGELU at 1.702. */
export function sigmoidLinearUnit(x: Tensor, scale = 1): Tensor {
  return addNode('QuickGelu', [x], {
    domain: 'com.microsoft',
    attributes: { alpha: float(scale) },
    outputs: [{ shape: x.shape }],
    gradient: (outputs) => (g) => {
      const out = outputs[0]!;
      const gate = sigmoid(scale === 1 ? x : multiply(x, scale));
      // d/dx = s + scale y (1 - s)
      const tail = multiply(scale === 1 ? out : multiply(out, scale), subtract(1, gate));
      return [multiply(g[0]!, add(gate, tail))];
    },
  })[0]!;
}

export const silu = (x: Tensor): Tensor => sigmoidLinearUnit(x);
/** x sigmoid(1.702 x), as CLIP uses it. */
export const quickGelu = (x: Tensor): Tensor => sigmoidLinearUnit(x, 1.702);

/**
 * x Phi(x), the exact GELU (Hendrycks and Gimpel, 2016). One operator, so that ONNX Runtime keeps blocked layouts
 * across it and joins it with a bias.
 */
export const gelu = (x: Tensor): Tensor =>
  unary('Gelu', x, (g, input) => {
    const cumulative = multiply(add(errorFunction(multiply(input, Math.SQRT1_2)), 1), 0.5);
    const density = exponential(multiply(multiply(input, input), -0.5));
    return multiply(g, add(cumulative, multiply(multiply(input, density), 1 / Math.sqrt(2 * Math.PI))));
  });

/** GELU in its tanh form. */
export function geluTanh(x: Tensor): Tensor {
  const cubed = multiply(multiply(x, x), x);
  const inner = multiply(add(x, multiply(cubed, 0.044715)), Math.sqrt(2 / Math.PI));
  return multiply(multiply(x, 0.5), add(hyperbolicTangent(inner), 1));
}

/** A gradient brought to the shape of the value that it belongs to. */
export const unbroadcast = (gradient: Tensor, target: Tensor): Tensor =>
  sameShape(gradient.shape, target.shape) ? gradient : sumTo(gradient, target.shape);
