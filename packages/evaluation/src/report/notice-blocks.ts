import type { Block } from './blocks.js';
import { groupName } from './each-group.js';
import { counted, listed } from './figure-text.js';
import type { RunGroup } from './scored-run.js';

/** Entries of a list that are named; all are in scores.json. */
const MOST_NAMED = 20;

/** What a reader has to know before any figure; nothing where all is plain. */
export function noticeBlocks(groups: readonly RunGroup[]): Block[] {
  const items = [
    ...differentData(groups),
    ...groups.flatMap(movedGroups),
    ...groups.flatMap(missingPredictions),
    ...groups.flatMap(differentPairs),
    ...groups.flatMap(learnedFromReferences),
    ...groups.flatMap(withoutParts),
  ];
  return items.length === 0 ? [] : [{ kind: 'notices', items }];
}

function differentData(groups: readonly RunGroup[]): string[] {
  if (groups.length < 2) return [];
  const names = groups.map(
    (group) => `${group.runs.map(({ label }) => label).join(', ')} on ${groupName(group)}`,
  );
  return [
    `The runs are over different data, so they stand in tables of their own and are not compared: ${names.join('; ')}.`,
  ];
}

function movedGroups(group: RunGroup): string[] {
  const moved = group.runs.find(({ scores }) => scores.record.movedGroups.length > 0)?.scores.record
    .movedGroups;
  if (!moved) return [];
  const named = moved.map(
    ({ group: name, from, to, images }) => `${name} (${counted(images, 'picture')}, ${from} to ${to})`,
  );
  return [
    `${groupName(group)}: official splits tore ${counted(moved.length, 'group')} apart, which went whole to one split: ${listed(named, MOST_NAMED)}. Figures on this split are not those on the official one.`,
  ];
}

function missingPredictions({ runs }: RunGroup): string[] {
  return runs.flatMap(({ label, scores: { record } }) =>
    record.missing.length === 0
      ? []
      : [
          `${label}: ${counted(record.missing.length, 'prediction')} could not be used and are left out of all its figures: ${listed(record.missing, MOST_NAMED)}.`,
        ],
  );
}

function differentPairs(group: RunGroup): string[] {
  const asked = new Set(
    group.runs.map(({ scores: { record } }) => JSON.stringify([record.seed, record.perImage, record.pairs])),
  );
  if (asked.size < 2) return [];
  return [
    `${groupName(group)}: the runs were not asked the same pairs (seed, pairs a picture or their number differ), so rows of a table are not over the same questions. The comparison takes those alone that both have.`,
  ];
}

function learnedFromReferences({ runs }: RunGroup): string[] {
  return runs.flatMap(({ label, scores }) =>
    scores.answers?.baselinesLearnedFrom === 'references'
      ? [
          `${label}: the run keeps no training answers, so its constant baselines know the answers that they are scored against: they are too high.`,
        ]
      : [],
  );
}

function withoutParts({ runs }: RunGroup): string[] {
  return runs.flatMap(({ label, scores: { segmentation, answers } }) => [
    ...(segmentation === null ? [`${label} gives no masks: it has no figures of segmentation.`] : []),
    ...(answers === null ? [`${label} gives no answers: it has no figures of position reasoning.`] : []),
  ]);
}
