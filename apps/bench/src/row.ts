/** One figure of the table. */
export interface Row {
  readonly part: string;
  readonly what: string;
  readonly unit: 's' | 'ms' | 'MB' | 'GFLOP/s';
  /** Median where it was measured several times. */
  readonly value: number;
  /** The best one, where it was measured several times. */
  readonly best?: number;
  /** Floating-point operations that the work calls for, whichever way it is done. */
  readonly operations?: number;
  /** Floating-point operations of the products and convolutions that were run for it. */
  readonly executed?: number;
  /** `operations` over the median time. */
  readonly gigaflops?: number;
  /** `gigaflops` as a share of the machine's matrix-product speed. */
  readonly share?: number;
  readonly target?: string;
}

/** What a part is told. */
export interface PartOptions {
  readonly repetitions: number;
  /** Folder of the bundle that is loaded. */
  readonly model: string;
}

/** Measures; says with `note` why when it leaves something out. */
export type Part = (options: PartOptions, note: (message: string) => void) => Promise<Row[]>;
