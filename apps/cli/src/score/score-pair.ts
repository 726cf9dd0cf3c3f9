import { EvaluationError, type ImageScore } from '@prs-med/evaluation';
import { type PairScoring, type PredictionPair, scorePair } from '@prs-med/evaluation/node';
import { PictureError } from '@prs-med/imaging';
import { describeError, statusOf, WRONG_INPUT } from '../command-error.js';

/** A file that was not scored, and why; `line` tells it to the user. */
export interface Skipped {
  readonly file: string;
  readonly problem: string;
  readonly line: string;
}

/** The figures of a pair, or what is wrong with it. */
export type PairResult = { readonly score: ImageScore } | { readonly skipped: Skipped };

export interface PairOptions extends PairScoring {
  /** Whether a failure shows its stack. */
  readonly debug: boolean;
}

/** Scores a pair. @throws what no other file would have avoided, such as a broken disk */
export async function tryPair(pair: PredictionPair, options: PairOptions): Promise<PairResult> {
  try {
    return { score: await scorePair(pair, options) };
  } catch (error) {
    return { skipped: skippedFor(error, options.debug) };
  }
}

/** @throws the error when it is not that of a file */
export function skippedFor(error: unknown, debug: boolean): Skipped {
  if (statusOf(error) !== WRONG_INPUT) throw error;
  const line = describeError(error, 'score segmentation', debug);
  if (error instanceof PictureError) return { file: error.file, problem: error.problem, line };
  if (error instanceof EvaluationError) return { file: error.where, problem: error.problem, line };
  throw error;
}
