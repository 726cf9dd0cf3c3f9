import { compile } from './compile.js';
import { gradients } from './gradients.js';
import { add, multiply } from './operations/elementwise.js';
import { sum } from './operations/reduction.js';
import type { Runtime, Session, SessionOptions, TensorValue, Values } from './runtime.js';
import { GraphError, input, type Shape, type Tensor } from './tensor.js';

/** What a part computes, as a graph over inputs. */
export interface PartGraph {
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** Names of the outputs that gradients come back for. */
  readonly from: readonly string[];
  /** The inputs that gradients are wanted for, by their names; one that no output depends on gets none. */
  readonly wanted: Readonly<Record<string, Tensor>>;
}

/**
 * A part of a model with graphs of its own, whose weights are inputs as all else. Nothing of a forward run is kept:
 * `backward` computes it again (gradient checkpointing; Chen et al., 2016), so that only what passes between the parts,
 * and one part's inner values, are in memory.
 */
export class RecomputedPart {
  private constructor(
    private readonly ahead: Session,
    private readonly back: Session | undefined,
    private readonly from: readonly string[],
    /** Shapes of what `forward` takes, by name. */
    readonly shapes: ReadonlyMap<string, Shape>,
  ) {}

  /** Throws GraphError for a name in `from` that is no output. */
  static async open(graph: PartGraph, runtime: Runtime, options?: SessionOptions): Promise<RecomputedPart> {
    const compiled = compile(graph.outputs);
    const shapes = new Map(compiled.inputs.map(({ name, shape }) => [name, shape]));
    const ahead = await runtime.load(compiled, options);
    const wanted = Object.fromEntries(Object.entries(graph.wanted).filter(([name]) => shapes.has(name)));
    const wantsNone = Object.keys(wanted).length === 0;
    const back = wantsNone
      ? undefined
      : await runtime.load(compile(pulledBack({ ...graph, wanted })), options);
    return new RecomputedPart(ahead, back, graph.from, shapes);
  }

  /** The outputs by name. */
  forward(inputs: Values): Promise<Record<string, TensorValue>> {
    return this.ahead.run(inputs);
  }

  /**
   * Gradients of the wanted inputs by name, of a loss whose gradients for the outputs in `from` are given. Throws an
   * Error when one of these is missing or nothing is wanted.
   */
  async backward(inputs: Values, outputGradients: Values): Promise<Record<string, TensorValue>> {
    if (this.back === undefined) throw new Error('backward: no gradients are wanted of this part');
    const given = this.from.map((name) => [incoming(name), outputGradients[name]!]);
    const results = await this.back.run({ ...inputs, ...Object.fromEntries(given) });
    return Object.fromEntries(
      Object.entries(results).map(([name, value]) => [name.slice(OUTGOING.length), value]),
    );
  }

  async release(): Promise<void> {
    await this.ahead.release();
    await this.back?.release();
  }
}

// A graph's inputs and outputs share one set of names.
const incoming = (output: string): string => `gradient at ${output}`;
const OUTGOING = 'gradient of ';

/** Vector-Jacobian products: the gradients of the sum of all outputs times what comes back for them. */
function pulledBack({ outputs, from, wanted }: PartGraph): Record<string, Tensor> {
  const terms = from.map((name) => {
    const output = outputs[name];
    if (output === undefined) throw new GraphError('RecomputedPart', `has no output ${name}`, []);
    return sum(multiply(output, input(incoming(name), output.shape)));
  });
  const names = Object.keys(wanted);
  const found = gradients(terms.reduce(add), Object.values(wanted));
  return Object.fromEntries(names.map((name, i) => [OUTGOING + name, found[i]!]));
}
