import { createRandom } from '@prs-med/posmed';
import type { Example } from './index-csv.js';

/** Which picture and which of its targets a sample shows. */
export interface Draw {
  example: number;
  target: number;
}

/** A (modality, target) group and its share of the samples. */
export interface SamplerGroup {
  modality: string;
  target: string;
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
  /** A group's probability is proportional to its count to this power: 1 as it comes, 0 all equal. Default 0.5. */
  power?: number;
}

/** A sampler that is balanced over (modality, target) groups, with replacement. */
export function createSampler(examples: readonly Example[], options: SamplerOptions): Sampler {
  const { seed, power = 0.5 } = options;
  if (examples.length === 0) throw new Error('sampler: no examples; is the split empty?');
  const members = new Map<string, { modality: string; target: string; draws: Draw[] }>();
  examples.forEach(({ modality, targets }, example) => {
    targets.forEach(({ target }, position) => {
      const key = JSON.stringify([modality, target]);
      const group = members.get(key) ?? { modality, target, draws: [] };
      group.draws.push({ example, target: position });
      members.set(key, group);
    });
  });
  const all = [...members.values()];
  const weights = all.map(({ draws }) => draws.length ** power);
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
