import type { RunComparisons } from '../run/compare-runs.js';
import type { Subject } from '../run/schema.js';
import type { RunScores } from '../run/score-run.js';
import type { ConstantZoneFigures } from './constant-zone.js';

/** A run with its figures and the name that the report gives it. */
export interface ScoredRun {
  readonly label: string;
  readonly scores: RunScores;
  /** Null where no mask was scored. */
  readonly constantZone: ConstantZoneFigures | null;
}

/** Runs over the same data and split, in the order in which they were named. */
export interface RunGroup {
  readonly data: RunScores['record']['data'];
  readonly runs: readonly ScoredRun[];
  /** Each later run against the first. */
  readonly comparisons: readonly (RunComparisons & {
    readonly labels: readonly [first: string, second: string];
  })[];
  /** Runs that were not compared with the first, and why. */
  readonly notCompared: readonly string[];
}

/** What answered, in a few words. */
export function subjectText(subject: Subject): string {
  switch (subject.kind) {
    case 'model':
      return subject.name;
    case 'predictions':
      return `${subject.name} (predictions)`;
    case 'endpoint':
      return `${subject.name} (endpoint)`;
    case 'baseline':
      return `${subject.name} (baseline)`;
  }
}

/** A label for each subject, no two alike: those that would be are told apart by the folder of their run. */
export function labelRuns(runs: readonly { readonly subject: Subject; readonly folder: string }[]): string[] {
  const short = runs.map(({ subject }) => subjectText(subject));
  const long = runs.map(({ folder }, i) =>
    short.filter((label) => label === short[i]).length > 1 ? `${short[i]}, ${folder}` : short[i]!,
  );
  return long.map((label, i) => {
    const before = long.slice(0, i).filter((other) => other === label).length;
    return before > 0 ? `${label} (${before + 1})` : label;
  });
}
