import type { Zone } from '@prs-med/imaging';
import type { Laterality, Side } from './position/places.js';

/** The kinds of question of the published set. */
export const PUBLISHED_KINDS = [
  'where',
  'which-region',
  'yes-and-where',
  'quadrant',
  'side',
  'upper-or-lower',
  'describe',
  'pinpoint',
  'precise',
  'approximate',
  'abnormal',
] as const;

/**
 * The kinds that the published set lacks: requests for a mask (of the whole, of what lies in a zone, of the left or
 * right one, of the largest, of all), counting, the relation of two, multiple choice, and what is not there.
 */
export const ADDED_KINDS = [
  'segment',
  'refer-zone',
  'refer-side',
  'refer-largest',
  'refer-all',
  'count',
  'relation',
  'multiple-choice',
  'absent-zone',
  'absent-target',
] as const;

export const PAIR_KINDS = [...PUBLISHED_KINDS, ...ADDED_KINDS] as const;

/** What a question is about. */
export type PairKind = (typeof PAIR_KINDS)[number];

/** Kinds that do not name the target, or name zones that it may not be in: the last choice to measure a mask by. */
export const INDIRECT_KINDS: ReadonlySet<PairKind> = new Set(['abnormal', 'multiple-choice', 'relation']);

/** The position that a question asks for. */
export interface Asked {
  zones: readonly Zone[];
  /** A side of the picture, whatever the laterality of the words. */
  side: Side | null;
  /** Whether the whole target is asked for, wherever it is. */
  all: boolean;
}

/** A question about a picture and its answer, with what is right. */
export interface Pair {
  kind: PairKind;
  /** Id of the template in the bank. */
  template: string;
  question: string;
  answer: string;
  laterality: Laterality;
  /** The name of the target that is asked for, which may be none that the picture shows. */
  target: string;
  asked: Asked;
  /** Zones of the picture that the answer names, in the order of `ZONES`. */
  zones: readonly Zone[];
  /** Ids of the targets or regions of the scene that are the truth; empty when it is absent. */
  truth: readonly string[];
}
