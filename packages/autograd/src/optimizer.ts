import type { CompiledGraph } from './compile.js';
import { compile } from './compile.js';
import { gradients } from './gradients.js';
import { add, divide, minimum, multiply, squareRoot, subtract } from './operations/elementwise.js';
import { concatenate, reshape, split } from './operations/layout.js';
import { sum } from './operations/reduction.js';
import type { Runtime, Session, SessionOptions, TensorValue, Values } from './runtime.js';
import { elementCount, input, type Shape, type Tensor } from './tensor.js';

/** Parameters that share a learning rate and a weight decay. Their numbers lie one after another in one flat array. */
export interface ParameterGroup {
  readonly name: string;
  readonly parameters: readonly { readonly name: string; readonly shape: Shape }[];
  /** Decoupled weight decay (Loshchilov and Hutter, 2019); 0 when left out. */
  readonly weightDecay?: number;
}

export interface AdamWOptions {
  readonly betas?: readonly [number, number];
  readonly epsilon?: number;
  /** Gradients of all groups together are scaled down to this 2-norm. */
  readonly clipNorm?: number;
}

export interface TrainingGraph {
  readonly graph: CompiledGraph;
  readonly groups: readonly ParameterGroup[];
  readonly betas: readonly [number, number];
  /** Names of the further values that each step gives. */
  readonly metrics: readonly string[];
}

const STATES = ['parameters', 'firstMoment', 'secondMoment', 'accumulated'] as const;
type StateName = (typeof STATES)[number];

const sizeOf = (group: ParameterGroup): number =>
  group.parameters.reduce((total, parameter) => total + elementCount(parameter.shape), 0);

/**
 * One graph for a whole training step: forward, backward, accumulation, clipping by global norm as PyTorch's
 * `clip_grad_norm_`, AdamW as PyTorch's. `build` gets every parameter by name and gives the loss and values to report.
 */
export function trainingGraph(
  groups: readonly ParameterGroup[],
  build: (parameters: ReadonlyMap<string, Tensor>) => {
    readonly loss: Tensor;
    readonly metrics?: Readonly<Record<string, Tensor>>;
  },
  options: AdamWOptions = {},
): TrainingGraph {
  const { betas = [0.9, 0.999], epsilon = 1e-8, clipNorm = 1 } = options;
  const state = groups.map((group) => stateInputs(group));
  const parameters = new Map<string, Tensor>();
  groups.forEach((group, index) => {
    const sizes = group.parameters.map((parameter) => elementCount(parameter.shape));
    split(state[index]!.parameters, 0, sizes).forEach((part, i) => {
      parameters.set(group.parameters[i]!.name, reshape(part, group.parameters[i]!.shape));
    });
  });
  const { loss, metrics = {} } = build(parameters);
  const all = groups.flatMap((group) => group.parameters.map((parameter) => parameters.get(parameter.name)!));
  const derived = gradients(loss, all);
  const scalarInput = (name: string) => input(name, []);
  const share = scalarInput('share');
  const apply = scalarInput('apply');
  const correction1 = scalarInput('correction1');
  const correction2 = scalarInput('correction2');
  let taken = 0;
  const totals = groups.map((group, index) => {
    const parts = derived
      .slice(taken, taken + group.parameters.length)
      .map((gradient) => reshape(gradient, [-1]));
    taken += group.parameters.length;
    return add(state[index]!.accumulated, multiply(concatenate(parts, 0), share));
  });
  const norm = squareRoot(totals.map((total) => sum(multiply(total, total))).reduce((a, b) => add(a, b)));
  const coefficient = minimum(divide(clipNorm, add(norm, 1e-6)), 1);
  const outputs: Record<string, Tensor> = { loss, gradientNorm: norm };
  for (const [name, value] of Object.entries(metrics)) outputs[`metric.${name}`] = value;
  groups.forEach((group, index) => {
    const { parameters: old, firstMoment, secondMoment } = state[index]!;
    const rate = multiply(scalarInput(`${group.name}.learningRate`), apply);
    const gradient = multiply(totals[index]!, coefficient);
    // While gradients are only gathered, apply is 0 and every moment stays as it is.
    const first = add(firstMoment, multiply(subtract(gradient, firstMoment), multiply(apply, 1 - betas[0])));
    const squared = multiply(gradient, gradient);
    const second = add(
      secondMoment,
      multiply(subtract(squared, secondMoment), multiply(apply, 1 - betas[1])),
    );
    const denominator = add(divide(squareRoot(second), squareRoot(correction2)), epsilon);
    const decayed = group.weightDecay ? multiply(old, subtract(1, multiply(rate, group.weightDecay))) : old;
    const next = {
      parameters: subtract(decayed, multiply(divide(first, denominator), divide(rate, correction1))),
      firstMoment: first,
      secondMoment: second,
      accumulated: multiply(totals[index]!, subtract(1, apply)),
    };
    for (const name of STATES) outputs[`${group.name}.${name}.next`] = next[name];
  });
  return { graph: compile(outputs), groups, betas, metrics: Object.keys(metrics) };
}

function stateInputs(group: ParameterGroup): Record<StateName, Tensor> {
  const size = sizeOf(group);
  return Object.fromEntries(STATES.map((name) => [name, input(`${group.name}.${name}`, [size])])) as Record<
    StateName,
    Tensor
  >;
}

export interface StepSettings {
  /** Learning rate of each group. */
  readonly learningRates: Readonly<Record<string, number>>;
  /** Batches whose gradients make one update; 1 when left out. */
  readonly accumulate?: number;
}

export interface StepResult {
  readonly loss: number;
  /** 2-norm of the gradients before clipping. */
  readonly gradientNorm: number;
  readonly metrics: Readonly<Record<string, TensorValue>>;
}

/** Numbers of the optimiser: flat arrays by `GROUP.STATE`, and the counts that a resumed run goes on from. */
export interface OptimizerState {
  readonly arrays: Readonly<Record<string, Float32Array>>;
  readonly updates: number;
  readonly gathered: number;
}

/** Trains: owns the parameters and moments, runs a step at a time, saves and resumes exactly. */
export class Trainer {
  readonly #session: Session;
  readonly #training: Omit<TrainingGraph, 'graph'>;
  #arrays: Record<string, Float32Array>;
  #spare: Record<string, Float32Array>;
  #updates = 0;
  #gathered = 0;

  private constructor(session: Session, training: TrainingGraph, arrays: Record<string, Float32Array>) {
    this.#session = session;
    // Not the graph, which holds every frozen weight.
    this.#training = { groups: training.groups, betas: training.betas, metrics: training.metrics };
    this.#arrays = arrays;
    // Two sets in turn: a step reads one and writes the other, and no array is ever copied.
    this.#spare = Object.fromEntries(
      Object.entries(arrays).map(([name, data]) => [name, new Float32Array(data.length)]),
    );
  }

  /** Loads the graph and starts from the given values by parameter name. Throws an Error that lists missing ones. */
  static async create(
    training: TrainingGraph,
    values: ReadonlyMap<string, Float32Array>,
    runtime: Runtime,
    options: SessionOptions = {},
  ): Promise<Trainer> {
    const arrays: Record<string, Float32Array> = {};
    for (const group of training.groups) {
      for (const name of STATES) arrays[`${group.name}.${name}`] = new Float32Array(sizeOf(group));
      fillGroup(group, arrays[`${group.name}.parameters`]!, values);
    }
    return new Trainer(await runtime.load(training.graph, options), training, arrays);
  }

  /** Parameters by name: views of the current arrays, good until the next step. */
  parameters(): Map<string, Float32Array> {
    const result = new Map<string, Float32Array>();
    for (const group of this.#training.groups) {
      let start = 0;
      for (const { name, shape } of group.parameters) {
        const size = elementCount(shape);
        result.set(name, this.#arrays[`${group.name}.parameters`]!.subarray(start, start + size));
        start += size;
      }
    }
    return result;
  }

  /** Updates made, and batches gathered for the next one. */
  get counts(): { readonly updates: number; readonly gathered: number } {
    return { updates: this.#updates, gathered: this.#gathered };
  }

  /** One batch forward and backward, and an update after every `accumulate` of them. */
  async step(feeds: Values, settings: StepSettings): Promise<StepResult> {
    const { accumulate = 1 } = settings;
    const apply = this.#gathered + 1 >= accumulate;
    const count = this.#updates + 1;
    const [beta1, beta2] = this.#training.betas;
    const all: Record<string, TensorValue> = {
      ...feeds,
      share: scalarValue(1 / accumulate),
      apply: scalarValue(apply ? 1 : 0),
      correction1: scalarValue(1 - beta1 ** count),
      correction2: scalarValue(1 - beta2 ** count),
    };
    const into: Record<string, TensorValue> = {};
    for (const group of this.#training.groups) {
      const rate = settings.learningRates[group.name];
      if (rate === undefined) throw new Error(`step: no learning rate for group ${group.name}`);
      all[`${group.name}.learningRate`] = scalarValue(rate);
      for (const name of STATES) {
        const key = `${group.name}.${name}`;
        all[key] = flatValue(this.#arrays[key]!);
        into[`${key}.next`] = flatValue(this.#spare[key]!);
      }
    }
    const results = await this.#session.run(all, into);
    [this.#arrays, this.#spare] = [this.#spare, this.#arrays];
    this.#gathered = apply ? 0 : this.#gathered + 1;
    if (apply) this.#updates = count;
    return {
      loss: results.loss!.data[0] as number,
      gradientNorm: results.gradientNorm!.data[0] as number,
      metrics: Object.fromEntries(this.#training.metrics.map((name) => [name, results[`metric.${name}`]!])),
    };
  }

  /** A copy of all that a resumed run needs. */
  save(): OptimizerState {
    const arrays = Object.fromEntries(
      Object.entries(this.#arrays).map(([name, data]) => [name, data.slice()]),
    );
    return { arrays, updates: this.#updates, gathered: this.#gathered };
  }

  /** Goes on from a saved state. Throws an Error when an array is missing or of another length. */
  restore(state: OptimizerState): void {
    for (const [name, data] of Object.entries(this.#arrays)) {
      const saved = state.arrays[name];
      if (saved?.length !== data.length) {
        throw new Error(`restore: ${name} has ${saved?.length ?? 'no'} elements, not ${data.length}`);
      }
    }
    for (const [name, data] of Object.entries(this.#arrays)) data.set(state.arrays[name]!);
    this.#updates = state.updates;
    this.#gathered = state.gathered;
  }

  close(): Promise<void> {
    return this.#session.release();
  }
}

function fillGroup(
  group: ParameterGroup,
  flat: Float32Array,
  values: ReadonlyMap<string, Float32Array>,
): void {
  const missing = group.parameters.filter(
    ({ name, shape }) => values.get(name)?.length !== elementCount(shape),
  );
  if (missing.length > 0) {
    throw new Error(
      `no values of the right size for ${missing.map((parameter) => parameter.name).join(', ')}`,
    );
  }
  let start = 0;
  for (const { name, shape } of group.parameters) {
    flat.set(values.get(name)!, start);
    start += elementCount(shape);
  }
}

const scalarValue = (value: number): TensorValue => ({
  type: 'float32',
  shape: [],
  data: new Float32Array([value]),
});
const flatValue = (data: Float32Array): TensorValue => ({ type: 'float32', shape: [data.length], data });
