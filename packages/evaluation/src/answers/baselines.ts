import { ZONES, type Zone } from '@prs-med/imaging';
import { createRandom } from '@prs-med/posmed';
import { type AnswerRow, readReference } from './answer-row.js';

/** An answer of the training set. */
export type TrainingAnswer = Pick<AnswerRow, 'modality' | 'answer' | 'zones'>;

/**
 * Answers without a look at the picture: always the commonest zone of the modality, an answer of the modality drawn at
 * random, and always the commonest answer of the training set.
 */
export type BaselineName = 'commonestZone' | 'randomAnswer' | 'commonestAnswer';

/** What a baseline answers to each row; it learns from the training answers alone. */
export function predictBaseline(
  name: BaselineName,
  rows: readonly Pick<AnswerRow, 'modality'>[],
  training: readonly TrainingAnswer[],
  seed: number,
): string[] {
  const own = (modality: string): readonly TrainingAnswer[] => {
    const members = training.filter((answer) => answer.modality === modality);
    return members.length > 0 ? members : training;
  };
  const modalities = [...new Set(rows.map(({ modality }) => modality))];
  switch (name) {
    case 'commonestZone': {
      const answers = new Map(
        modalities.map((modality) => [
          modality,
          `It is in the ${commonestZone(own(modality))} of the image.`,
        ]),
      );
      return rows.map(({ modality }) => answers.get(modality)!);
    }
    case 'randomAnswer': {
      const pools = new Map(modalities.map((modality) => [modality, own(modality)]));
      return rows.map(
        ({ modality }, i) => createRandom(seed, 'random answer', i).pick(pools.get(modality)!).answer,
      );
    }
    case 'commonestAnswer': {
      const answer = commonest(training.map((row) => row.answer));
      return rows.map(() => answer);
    }
  }
}

/** The zone that most references name; the first in the usual order where several do, or none does. */
export function commonestZone(answers: readonly TrainingAnswer[]): Zone {
  const counts = new Map<Zone, number>();
  for (const answer of answers) {
    for (const zone of readReference(answer).zones) counts.set(zone, (counts.get(zone) ?? 0) + 1);
  }
  return ZONES.reduce((best, zone) => ((counts.get(zone) ?? 0) > (counts.get(best) ?? 0) ? zone : best));
}

function commonest(texts: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}
