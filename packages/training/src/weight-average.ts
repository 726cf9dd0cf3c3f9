import type { ParameterGroup } from '@prs-med/autograd';
import { elementCount } from '@prs-med/autograd';

/** Share of the average that a step keeps, once there have been enough steps. */
const DECAY = 0.999;

/**
 * An exponential moving average of the weights, which segments better than the weights of any one step (Polyak and
 * Juditsky, 1992). Early on it forgets faster, so that it does not lag behind the first steps.
 */
export class WeightAverage {
  /** Flat, by `GROUP.parameters`, in the order of the groups. */
  readonly arrays: Readonly<Record<string, Float32Array>>;
  readonly #byName = new Map<string, Float32Array>();

  /** Starts from values by parameter name. */
  constructor(groups: readonly ParameterGroup[], values: ReadonlyMap<string, Float32Array>) {
    const arrays: Record<string, Float32Array> = {};
    for (const { name: group, parameters } of groups) {
      const sizes = parameters.map(({ shape }) => elementCount(shape));
      const flat = new Float32Array(sizes.reduce((a, b) => a + b, 0));
      let start = 0;
      parameters.forEach(({ name }, i) => {
        const view = flat.subarray(start, start + sizes[i]!);
        view.set(values.get(name)!);
        this.#byName.set(name, view);
        start += sizes[i]!;
      });
      arrays[`${group}.parameters`] = flat;
    }
    this.arrays = arrays;
  }

  /** Takes in the weights after a step, which is counted from 1. */
  update(weights: ReadonlyMap<string, Float32Array>, step: number): void {
    const taken = 1 - Math.min(DECAY, step / (step + 10));
    for (const [name, average] of this.#byName) {
      const now = weights.get(name)!;
      for (let i = 0; i < average.length; i++) average[i] = average[i]! + taken * (now[i]! - average[i]!);
    }
  }

  /** By parameter name: views, good until the next update. */
  parameters(): ReadonlyMap<string, Float32Array> {
    return this.#byName;
  }

  /** Arrays for a checkpoint, by `GROUP.average`; views. */
  save(): Record<string, Float32Array> {
    return Object.fromEntries(Object.entries(this.arrays).map(([name, data]) => [averageName(name), data]));
  }

  /** Goes on from a checkpoint's arrays. Throws an Error when one is missing or of another length. */
  restore(saved: Readonly<Record<string, Float32Array>>): void {
    for (const [name, data] of Object.entries(this.arrays)) {
      const from = saved[averageName(name)];
      if (from?.length !== data.length)
        throw new Error(
          `restore: ${averageName(name)} has ${from?.length ?? 'no'} elements, not ${data.length}`,
        );
      data.set(from);
    }
  }
}

const averageName = (name: string): string => name.replace(/\.parameters$/, '.average');
