/** How much a finding matters. All but a warning make an audit fail. */
export type Severity =
  /** What is known in training can be known in the test, so that its figures cannot be trusted. */
  | 'leak'
  /** Pairs that contradict each other or their masks. */
  | 'contradiction'
  /** Files or rows that are missing or do not belong together. */
  | 'damage'
  /** Something to know of when figures are read. */
  | 'warning';

/** One kind of thing that an audit found. */
export interface Finding {
  /** What was looked for: "group-in-two-splits". */
  check: string;
  severity: Severity;
  /** How often it was found. */
  count: number;
  /** A sentence about all of them. */
  message: string;
  /** The first few of them, in words. */
  examples: readonly string[];
}

/** How many examples a finding keeps. */
const EXAMPLES = 10;

/** Counts what is found, and keeps the first examples. */
export class Found {
  #count = 0;
  readonly #examples: string[] = [];

  add(example: string): void {
    this.#count++;
    if (this.#examples.length < EXAMPLES) this.#examples.push(example);
  }

  get count(): number {
    return this.#count;
  }

  /** The finding in a list, or none when nothing was found. */
  findings(check: string, severity: Severity, message: string): Finding[] {
    if (this.#count === 0) return [];
    return [{ check, severity, count: this.#count, message, examples: this.#examples }];
  }
}
