import { createRandom } from '@prs-med/posmed';
import type { Example } from './example.js';

/** Which picture and which of its pairs a sample shows. */
export interface Draw {
  example: number;
  pair: number;
}

/** A (modality, target) group and its share of the samples. */
export interface SamplerGroup {
  modality: string;
  target: string;
  /** Pairs. */
  count: number;
  probability: number;
}

/** Draws the samples of a run; `draw(i)` depends on the seed and i alone. */
export interface Sampler {
  groups: readonly SamplerGroup[];
  draw(index: number): Draw;
}

export interface SamplerOptions {
  seed: number;
  /** Times the probability of the groups of a target, by its name; 1 for those that are not named. */
  targetWeights?: Readonly<Record<string, number>>;
}

/** A group's probability is proportional to its count to this power: 1 as it comes, 0 all equal. */
const POWER = 0.5;

/** A sampler that is balanced over (modality, target) groups, with replacement. */
export function createSampler(examples: readonly Example[], options: SamplerOptions): Sampler {
  const { seed, targetWeights = {} } = options;
  const members = new Map<string, { modality: string; target: string; draws: Draw[] }>();
  examples.forEach((example, number) => {
    example.pairs.forEach((_, pair) => {
      const { modality } = example;
      const target = groupTarget(example, pair);
      const key = JSON.stringify([modality, target]);
      const group = members.get(key) ?? { modality, target, draws: [] };
      group.draws.push({ example: number, pair });
      members.set(key, group);
    });
  });
  const all = [...members.values()];
  if (all.length === 0) throw new Error('sampler: no pairs; is the split empty?');
  const weights = all.map(({ target, draws }) => draws.length ** POWER * (targetWeights[target] ?? 1));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const groups = all.map(({ modality, target, draws }, position) => ({
    modality,
    target,
    count: draws.length,
    probability: weights[position]! / total,
  }));
  return {
    groups,
    draw(index) {
      const random = createRandom(seed, 'draw', index);
      let left = random.next();
      let position = 0;
      while (position < groups.length - 1 && left >= groups[position]!.probability) {
        left -= groups[position]!.probability;
        position++;
      }
      return random.pick(all[position]!.draws);
    },
  };
}

/** What a pair asks for; for something that the picture does not show, the first thing that it does. */
export function groupTarget({ targets, pairs }: Example, pair: number): string {
  const { target } = pairs[pair]!;
  const shown = targets.some((own) => own.target === target);
  return shown ? target : (targets[0]?.target ?? target);
}
