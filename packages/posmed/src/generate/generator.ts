import type { Pair } from '../pair.js';
import type { Scene } from '../scene.js';

/** What a generator makes pairs for: a picture's scene, and drafts that the template bank made of it. */
export interface PairRequest {
  /** Id of the image, which with the seed makes the result. */
  image: string;
  scene: Scene;
  drafts: readonly Pair[];
}

/** A pair that was made, or why it could not be. */
export type GeneratedPair = { pair: Pair } | { draft: Pair; problem: string };

/** Makes pairs in its own words from drafts. Whoever makes them, they are checked against the mask afterwards. */
export interface Generator {
  /** As in `--generator` and in the column `generator`. */
  readonly name: string;
  /**
   * The pairs of one picture, in the order of its drafts.
   * @throws only for what stops the whole build: a budget that is used up, a refused key
   */
  generate(request: PairRequest, signal: AbortSignal): Promise<readonly GeneratedPair[]>;
  close(): Promise<void>;
}
