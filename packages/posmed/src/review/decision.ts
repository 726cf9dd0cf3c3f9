import { CRITERIA, type Criterion } from './criteria.js';

/** The votes that a panel has cast on a pair. */
export interface Tally {
  votes: number;
  /** How many of the votes say that the criterion holds. */
  yes: Readonly<Record<Criterion, number>>;
}

/** Why a panel has not decided a pair. */
export type UndecidedReason = 'no-votes' | 'missing-votes' | 'tie';

/** What a panel has decided on a pair. */
export type Decision =
  | { status: 'accepted' }
  /** `failed` criteria are those that a majority of the panel denies. */
  | { status: 'rejected'; failed: readonly Criterion[] }
  /** `open` criteria have a majority for neither side; `missing` votes of the panel are not cast. */
  | { status: 'undecided'; reason: UndecidedReason; open: readonly Criterion[]; missing: number };

/**
 * What a panel of an odd number of experts has decided. A criterion holds when more than half of the panel (not of
 * the votes cast) says yes, fails when more than half says no, and is open until then. A pair is rejected when any
 * criterion fails, accepted when all hold, and undecided otherwise: with reason `no-votes` when nobody has voted,
 * `tie` when an open criterion has as many yes as no, `missing-votes` when one side leads and could still lose. So a
 * decision is told as soon as no further vote could change it, and a full panel decides always.
 *
 * The majority is taken for each criterion by itself, and not of the experts who approve all three: a decision then
 * names the criterion that failed, and rests on the same counts as the agreement on that criterion. The price is known:
 * three experts who each deny another criterion accept the pair together, though none of them accepts it alone.
 * @param panel how many experts it has
 * @throws Error when the panel is even or has cast more votes than it has experts
 */
export function decide(panel: number, { votes, yes }: Tally): Decision {
  if (!isPanelSize(panel)) throw new Error(`decide: a panel of ${panel} can tie for ever; it must be odd`);
  if (votes > panel) throw new Error(`decide: a panel of ${panel} cannot cast ${votes} votes`);
  const majority = (panel + 1) / 2;
  const failed = CRITERIA.filter((criterion) => votes - yes[criterion] >= majority);
  if (failed.length > 0) return { status: 'rejected', failed };
  const open = CRITERIA.filter((criterion) => yes[criterion] < majority);
  if (open.length === 0) return { status: 'accepted' };
  const isTie = open.some((criterion) => yes[criterion] * 2 === votes);
  const reason = votes === 0 ? 'no-votes' : isTie ? 'tie' : 'missing-votes';
  return { status: 'undecided', reason, open, missing: panel - votes };
}

/** Whether so many experts make a panel: an odd number, so that a full vote cannot tie. */
export const isPanelSize = (experts: number): boolean => Number.isInteger(experts) && experts % 2 === 1;
