import { EvaluationError } from '../evaluation-error.js';
import { comparePairedRuns } from '../run/compare-runs.js';
import type { ResamplingOptions } from '../statistics/bootstrap.js';
import type { RunGroup, ScoredRun } from './scored-run.js';

/**
 * Puts runs over the same data and split together, and compares each with the first of its group. Runs over different data
 * are never compared.
 */
export function groupRuns(runs: readonly ScoredRun[], options: ResamplingOptions = {}): RunGroup[] {
  const groups = new Map<string, ScoredRun[]>();
  for (const run of runs) {
    const { sha256, split } = run.scores.record.data;
    const key = `${sha256} ${split}`;
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return [...groups.values()].map((members) => compareWithFirst(members, options));
}

function compareWithFirst(runs: readonly ScoredRun[], options: ResamplingOptions): RunGroup {
  const [first, ...others] = runs as [ScoredRun, ...ScoredRun[]];
  const comparisons: RunGroup['comparisons'][number][] = [];
  const notCompared: string[] = [];
  for (const other of others) {
    try {
      comparisons.push({
        labels: [first.label, other.label],
        ...comparePairedRuns(first.scores, other.scores, options),
      });
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      notCompared.push(error.message);
    }
  }
  return { data: first.scores.record.data, runs, comparisons, notCompared };
}
