import type { DatasetImage } from '../dataset/dataset-image.js';
import { type Finding, Found } from './finding.js';

/** How often what a question asks for is there. */
export interface Presence {
  /** The name that pairs ask for. */
  target: string;
  pairs: number;
  /** The share (0 to 1) of them whose truth is not empty. */
  present: number;
}

/** Of fewer pairs nothing is said. */
const FEWEST = 20;

/** Finds targets that are never there when they are asked for: their name alone then answers "no". */
export function createPresenceCheck(): {
  add(image: DatasetImage): void;
  /** In the order of the targets' names. */
  presence(): Presence[];
  findings(): Finding[];
} {
  const counts = new Map<string, { pairs: number; present: number }>();
  const presence = (): Presence[] =>
    [...counts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([target, { pairs, present }]) => ({ target, pairs, present: present / pairs }));
  return {
    add({ pairs }) {
      for (const { target, targets } of pairs) {
        const count = counts.get(target) ?? { pairs: 0, present: 0 };
        count.pairs++;
        if (targets.length > 0) count.present++;
        counts.set(target, count);
      }
    },
    presence,
    findings() {
      const found = new Found();
      for (const { target, pairs, present } of presence()) {
        if (present === 0 && pairs >= FEWEST) found.add(`${target}: ${pairs} pairs`);
      }
      return found.findings(
        'always-absent',
        'warning',
        'a target is asked for and never there, so that its name alone answers the question',
      );
    },
  };
}
