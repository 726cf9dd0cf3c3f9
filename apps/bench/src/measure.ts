import type { Runtime, Tensor, Values } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import { floats } from '@prs-med/training';
import { executedOperations, neededOperations } from './count-operations.js';
import type { Row } from './row.js';

const WARM_RUNS = 2;

/** Median and best. */
export function summarize(times: readonly number[]): { readonly value: number; readonly best: number } {
  const sorted = [...times].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const value = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { value, best: sorted[0]! };
}

/** Milliseconds of each repetition, after a few that warm up. */
export async function time(repetitions: number, work: () => Promise<unknown>): Promise<number[]> {
  for (let run = 0; run < WARM_RUNS; run++) await work();
  const times: number[] = [];
  for (let run = 0; run < repetitions; run++) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return times;
}

/** Most memory that the process has had so far, in MB. */
export const mostMemory = (): number => process.resourceUsage().maxRSS / 1024;

/** Numbers between -1 and 1, the same each time. */
export const numbers = (count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(i * 1.7));

/** Times a graph whose inputs are all float32; outputs go into arrays that are there already. */
export async function timeGraph(
  runtime: Runtime,
  outputs: Readonly<Record<string, Tensor>>,
  repetitions: number,
): Promise<{ readonly value: number; readonly best: number }> {
  const graph = ag.compile(outputs);
  const session = await runtime.load(graph);
  const feeds: Values = Object.fromEntries(
    graph.inputs.map(({ name, shape }) => [name, floats(shape, numbers(ag.elementCount(shape)))]),
  );
  const into: Values = Object.fromEntries(
    graph.outputs.map(({ name, shape }) => [name, floats(shape, new Float32Array(ag.elementCount(shape)))]),
  );
  const times = await time(repetitions, () => session.run(feeds, into));
  await session.release();
  return summarize(times);
}

/** Times an operation with the gradients of all its inputs, from a gradient of its output that is fed. */
export async function timeForwardAndBackward(
  runtime: Runtime,
  about: Pick<Row, 'part' | 'what' | 'target'>,
  inputs: readonly Tensor[],
  out: Tensor,
  repetitions: number,
): Promise<Row> {
  const fed = ag.input('outputGradient', out.shape);
  // Stands for the rest of a model: its own value is no output, so it is never run.
  const rest = ag.addNode('Rest', [out], { outputs: [{ shape: [] }], gradient: () => () => [fed] })[0]!;
  const derived = ag.gradients(rest, inputs);
  const outputs = { out, ...Object.fromEntries(derived.map((gradient, i) => [`gradient_${i}`, gradient])) };
  const { value, best } = await timeGraph(runtime, outputs, repetitions);
  const operations = neededOperations([out], inputs);
  return {
    ...about,
    unit: 'ms',
    value,
    best,
    operations,
    executed: executedOperations(Object.values(outputs)),
    gigaflops: operations / value / 1e6,
  };
}
