import { input, type Shape, type Tensor } from '@prs-med/autograd';

/** Gives the tensor of a parameter by its full name; a missing or misshapen one is the source's error. */
export type ParameterSource = (name: string, shape: Shape) => Tensor;

/** A place in a model's tree of parameters, named as PyTorch names them: `encoder.blocks.0.conv.weight`. */
export interface Scope {
  /** The scope of a part. */
  at(name: string | number): Scope;
  /** The tensor of a parameter of this part. */
  parameter(name: string, shape: Shape): Tensor;
}

/** The root scope over a source of parameters. */
export function rootScope(source: ParameterSource): Scope {
  const scopeAt = (prefix: string): Scope => ({
    at: (name) => scopeAt(`${prefix}${name}.`),
    parameter: (name, shape) => source(`${prefix}${name}`, shape),
  });
  return scopeAt('');
}

/** Every parameter that a model asks for, in the order of asking, found by building it once. */
export function listParameters(build: (scope: Scope) => void): Map<string, Shape> {
  const found = new Map<string, Shape>();
  build(
    rootScope((name, shape) => {
      found.set(name, shape);
      return input(name, shape);
    }),
  );
  return found;
}
