import { type Agreement, type AgreementReport, CRITERIA, type Criterion } from '@prs-med/posmed';
import type { BatchProgress } from '@prs-med/posmed/node';
import type { ReviewStatusOptions } from '../commands/dataset-review.js';
import { printable } from '../printable.js';
import { withReview } from './review.js';

const CRITERION_NAMES: Readonly<Record<Criterion, string>> = {
  medicalAccuracy: 'medical accuracy',
  positionalRelevance: 'positional relevance',
  clinicalPlausibility: 'clinical plausibility',
};

/** `prs-med dataset review status` */
export async function reviewStatus(folder: string, options: ReviewStatusOptions): Promise<void> {
  await withReview(folder, options, 'existing', async (review) => {
    const batches = await review.progress();
    const agreement = await review.agreement();
    const text = options.json
      ? `${JSON.stringify({ folder, batches, agreement }, null, 2)}\n`
      : `${[...batches.flatMap(describeBatch), ...describeAgreement(agreement)].map(printable).join('\n')}\n`;
    process.stdout.write(text);
  });
}

function describeBatch({ batch, pairs, decisions, reviewers }: BatchProgress): string[] {
  const undecided = decisions['no-votes'] + decisions['missing-votes'] + decisions.tie;
  return [
    `Batch ${batch}: ${pairs} pairs, ${decisions.accepted} accepted, ${decisions.rejected} rejected, ` +
      `${undecided} undecided (${decisions['no-votes']} without votes, ${decisions['missing-votes']} with votes ` +
      `missing, ${decisions.tie} tied)`,
    ...reviewers.map(({ reviewer, items, voted }) => `  ${reviewer}: ${voted} of ${items} items`),
  ];
}

function describeAgreement({ overall, modalities, couples, self }: AgreementReport): string[] {
  const lines = CRITERIA.flatMap((criterion) => {
    const rows: [string, Agreement][] = [
      ["all experts, Fleiss' kappa", overall[criterion]],
      ...Object.entries(modalities).map(([name, found]): [string, Agreement] => [name, found[criterion]]),
      ...couples.map(({ reviewers, criteria }): [string, Agreement] => [
        reviewers.join(' and '),
        criteria[criterion],
      ]),
      ...self.map(({ reviewer, criteria }): [string, Agreement] => [
        `${reviewer}, on hidden repeats`,
        criteria[criterion],
      ]),
    ];
    const seen = rows.filter(([, { items }]) => items > 0);
    if (seen.length === 0) return [];
    return [
      `Agreement on ${CRITERION_NAMES[criterion]}`,
      ...seen.map(([who, found]) => `  ${who}: ${describe(found)}`),
    ];
  });
  return lines.length === 0 ? ['Agreement: no item has two votes yet'] : lines;
}

function describe({ items, observed, kappa }: Agreement): string {
  const value = kappa === null ? 'no kappa (all votes are the same)' : `kappa ${kappa.toFixed(3)}`;
  return `${value}, ${(100 * observed!).toFixed(1)} % agree, ${items} items`;
}
