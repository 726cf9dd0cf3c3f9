import type { DatasetImage } from '../dataset/dataset-image.js';
import { type Finding, Found } from './finding.js';

/** What always answering with the commonest zones would reach in a modality. */
export interface ConstantAnswer {
  modality: string;
  /** The zones that answers of the train split name most often, joined by " + "; null without any. */
  zones: string | null;
  /** Pairs of the test split whose answer names zones. */
  pairs: number;
  /** The share (0 to 1) of them whose answer names just these; null without pairs. */
  accuracy: number | null;
}

/** A constant answer that reaches more is warned of. */
const TOO_GOOD = 0.5;
/** Of fewer pairs nothing is said. */
const FEWEST = 20;

/** Measures, per modality, the accuracy on test of always naming the commonest zones of train. */
export function createConstantCheck(): {
  add(image: DatasetImage): void;
  /** In the order of the modalities' names. */
  constants(): ConstantAnswer[];
  findings(): Finding[];
} {
  const counts = new Map<string, Map<string, { train: number; test: number }>>();
  const constants = (): ConstantAnswer[] =>
    [...counts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([modality, labels]) => constantOf(modality, labels));
  return {
    add({ image: { modality, split }, pairs }) {
      if (split === 'val') return;
      const labels = counts.get(modality) ?? new Map<string, { train: number; test: number }>();
      counts.set(modality, labels);
      for (const { zones } of pairs) {
        if (zones.length === 0) continue;
        const label = zones.join(' + ');
        const count = labels.get(label) ?? { train: 0, test: 0 };
        count[split]++;
        labels.set(label, count);
      }
    },
    constants,
    findings() {
      const found = new Found();
      for (const { modality, zones, pairs, accuracy } of constants()) {
        if (accuracy === null || accuracy <= TOO_GOOD || pairs < FEWEST) continue;
        found.add(
          `${modality}: "${zones}" is right in ${(100 * accuracy).toFixed(1)} % of ${pairs} test pairs`,
        );
      }
      return found.findings(
        'constant-answer',
        'warning',
        `always answering with one position is right in more than ${100 * TOO_GOOD} % of a modality's test pairs; ` +
          'tell such a baseline beside every accuracy',
      );
    },
  };
}

function constantOf(
  modality: string,
  labels: ReadonlyMap<string, { train: number; test: number }>,
): ConstantAnswer {
  let zones: string | null = null;
  let most = 0;
  let pairs = 0;
  for (const [label, { train, test }] of labels) {
    pairs += test;
    if (train > most) {
      most = train;
      zones = label;
    }
  }
  const right = zones === null ? 0 : labels.get(zones)!.test;
  return { modality, zones, pairs, accuracy: pairs === 0 || zones === null ? null : right / pairs };
}
