import type { DatasetImage } from '../dataset/dataset-image.js';
import type { ImageRow, PairStatus } from '../dataset/schema.js';
import type { PairKind } from '../pair.js';
import type { ZoneRule } from '../position/zone-rule.js';
import { createGuessCheck, type QuestionGuess } from './answer-from-question.js';
import { createAnswerInQuestionCheck } from './answer-in-question.js';
import { type ConstantAnswer, createConstantCheck } from './constant-answers.js';
import { createContradictionCheck } from './contradictions.js';
import { type AlikeImages, findDuplicates } from './duplicates.js';
import type { Finding } from './finding.js';
import { createMaskCheck } from './masks.js';
import { createPresenceCheck, type Presence } from './presence.js';
import { findTornGroups } from './split-groups.js';
import { createSizeCheck, type SplitSize } from './split-sizes.js';
import { createTemplateCheck } from './templates.js';
import { createBalanceCheck, type ZoneBalance } from './zone-balance.js';

/** What an audit found. */
export interface AuditReport {
  /** Whether nothing but warnings was found. */
  passed: boolean;
  /** Leaks first, then contradictions, damage and warnings. */
  findings: readonly Finding[];
  sizes: readonly SplitSize[];
  /** Pairs by kind, and by what became of them. */
  kinds: Partial<Record<PairKind, number>>;
  statuses: Partial<Record<PairStatus, number>>;
  zones: readonly ZoneBalance[];
  presence: readonly Presence[];
  constantAnswers: readonly ConstantAnswer[];
  questionGuesses: readonly QuestionGuess[];
  /** Nearly the same pictures in two splits, and the most alike ones that are not that. */
  nearDuplicates: readonly AlikeImages[];
  mostAlike: readonly AlikeImages[];
}

/** What an audit needs beside the rows. */
export interface AuditOptions {
  /** The one that the rows were made with. */
  zoneRule: ZoneRule;
  /** Ids of the bank's templates that are only for testing. */
  testTemplates: ReadonlySet<string>;
  /** The `greyThumbnail` of a picture, or null when it cannot be read. */
  thumbnailOf(image: ImageRow): Promise<Uint8Array | null>;
}

const SEVERITIES = ['leak', 'contradiction', 'damage', 'warning'] as const;

/**
 * Checks a data set for what would make its figures untrue. Pairs that a panel rejected are left out.
 * @param images in any order; only their rows are kept, not the masks
 */
export async function auditDataset(
  images: AsyncIterable<DatasetImage>,
  options: AuditOptions,
): Promise<AuditReport> {
  const checks = {
    answersInQuestions: createAnswerInQuestionCheck(),
    balance: createBalanceCheck(),
    constants: createConstantCheck(),
    contradictions: createContradictionCheck(options.zoneRule),
    guesses: createGuessCheck(),
    masks: createMaskCheck(),
    presence: createPresenceCheck(),
    sizes: createSizeCheck(),
    templates: createTemplateCheck(options.testTemplates),
  };
  const rows: ImageRow[] = [];
  const kinds: Partial<Record<PairKind, number>> = {};
  const statuses: Partial<Record<PairStatus, number>> = {};
  for await (const { image, targets, pairs } of images) {
    rows.push(image);
    for (const { status } of pairs) statuses[status] = (statuses[status] ?? 0) + 1;
    const kept = pairs.filter(({ status }) => status !== 'rejected');
    for (const { kind } of kept) kinds[kind] = (kinds[kind] ?? 0) + 1;
    for (const check of Object.values(checks)) check.add({ image, targets, pairs: kept });
  }
  const duplicates = await findDuplicates(rows, options.thumbnailOf);
  const findings = [
    ...duplicates.findings,
    ...findTornGroups(rows),
    ...Object.values(checks).flatMap((check) => check.findings()),
  ];
  return {
    ...judged(findings),
    sizes: checks.sizes.sizes(),
    kinds,
    statuses,
    zones: checks.balance.balance(),
    presence: checks.presence.presence(),
    constantAnswers: checks.constants.constants(),
    questionGuesses: checks.guesses.guesses(),
    nearDuplicates: duplicates.nearDuplicates,
    mostAlike: duplicates.mostAlike,
  };
}

/** Findings in the order of their severity, and whether they let an audit pass. */
export function judged(findings: readonly Finding[]): Pick<AuditReport, 'passed' | 'findings'> {
  return {
    passed: findings.every(({ severity }) => severity === 'warning'),
    findings: SEVERITIES.flatMap((severity) => findings.filter((finding) => finding.severity === severity)),
  };
}
