import type { Zone } from '@prs-med/imaging';
import { type ParsedZones, parseZones } from '@prs-med/posmed';

/** An answer as it should be and as it was given. */
export interface AnswerRow {
  readonly id: string;
  readonly modality: string;
  /** The reference. */
  readonly answer: string;
  readonly prediction: string;
  /** Zones of the reference where they are known; else they are read out of it. */
  readonly zones?: readonly Zone[] | undefined;
  /** What is not independent of each other: the picture's patient or study; each row is its own where none is told. */
  readonly group?: string | undefined;
}

/** What an answer says about position, and how it compares; null where the reference says nothing of the kind. */
export interface RowVerdict {
  /** The reference names zones and does not deny: the prediction names at least one, all of them right, and denies nothing. */
  readonly zone: boolean | null;
  /**
   * The reference names zones or denies: the prediction does the same and names the same zones, for a denial no other ones
   * ("No, it is in the center" may be told as "No").
   */
  readonly exactZones: boolean | null;
  /** The reference names zones or denies: the prediction denies exactly when it does. */
  readonly presence: boolean | null;
}

/** Compares a prediction with its reference by the deterministic parser of zone language. */
export function judgeRow(row: Pick<AnswerRow, 'answer' | 'prediction' | 'zones'>): RowVerdict {
  const reference = readReference(row);
  if (reference.zones.length === 0 && !reference.negated)
    return { zone: null, exactZones: null, presence: null };
  const { zones, negated: denies } = parseZones(row.prediction);
  const isRight = zones.every((zone) => reference.zones.includes(zone));
  if (reference.negated) return { zone: null, exactZones: denies && isRight, presence: denies };
  return {
    zone: zones.length > 0 && isRight && !denies,
    exactZones: isRight && zones.length === reference.zones.length && !denies,
    presence: zones.length > 0 && !denies,
  };
}

/** The zones of a reference and whether it denies that the target is there. */
export function readReference({ answer, zones }: Pick<AnswerRow, 'answer' | 'zones'>): ParsedZones {
  const parsed = parseZones(answer);
  if (zones === undefined) return parsed;
  return { zones: [...zones], negated: parsed.negated };
}
