import type { DatasetImage } from '../dataset/dataset-image.js';
import type { PairRow } from '../dataset/schema.js';
import { type Finding, Found } from './finding.js';
import { normalizeQuestion } from './normalize-question.js';

/** How well the zones of answers can be guessed without the picture. All shares are of the test pairs, 0 to 1. */
export interface QuestionGuess {
  modality: string;
  /** Test pairs whose answer names zones that the question does not ask for, and whose like is in train. */
  pairs: number;
  /** By the commonest zones, in train, of pairs of the same modality, target and kind. */
  constant: number;
  /** By the commonest zones, in train, of those with the same template. */
  fromTemplate: number;
  /** By the commonest zones, in train, of those with the same words. */
  fromQuestion: number;
}

/** From fewer pairs in train nothing is guessed. */
const FEWEST = 5;
/** A leak: a guess that is right more often than the constant by this share of the pairs ... */
const MOST_GAIN = 0.05;
/** ... and by so many standard deviations of the difference. */
const DEVIATIONS = 4;

/**
 * A learned check for questions that leak their answer: guesses the zones of test answers from the template or the
 * words of their question as train has them, against the constant guess that the question's kind allows to everyone.
 */
export function createGuessCheck(): {
  add(image: DatasetImage): void;
  /** In the order of the modalities' names. */
  guesses(): QuestionGuess[];
  findings(): Finding[];
} {
  const kinds = new Keys();
  const templates = new Keys();
  const questions = new Keys();
  const labels = new Keys();
  const pairs: GuessedPair[] = [];
  const outcomes = (): Map<string, Outcome> => judge(pairs);
  return {
    add({ image: { modality, split }, pairs: rows }) {
      if (split === 'val') return;
      for (const row of rows) {
        if (row.zones.length === 0 || row.askedZones.length > 0) continue;
        const kind = kindOf(modality, row);
        pairs.push({
          modality,
          isTest: split === 'test',
          kind: kinds.of(kind),
          template: templates.of(`${kind}\n${row.template}`),
          question: questions.of(`${kind}\n${normalizeQuestion(row.question)}`),
          zones: labels.of(row.zones.join(' ')),
        });
      }
    },
    guesses: () =>
      [...outcomes()]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([modality, { pairs: count, right }]) => ({
          modality,
          pairs: count,
          constant: right.constant / count,
          fromTemplate: right.template / count,
          fromQuestion: right.question / count,
        })),
    findings() {
      const found = new Found();
      for (const [modality, { pairs: count, right, gained, lost }] of outcomes()) {
        for (const from of ['template', 'question'] as const) {
          const gain = gained[from] - lost[from];
          if (gain <= MOST_GAIN * count || gain <= DEVIATIONS * Math.sqrt(gained[from] + lost[from]))
            continue;
          const percent = (share: number) => `${Math.round((100 * share) / count)} %`;
          found.add(
            `${modality}: the ${from} alone gives ${percent(right[from])} of ${count} answers, ` +
              `a constant ${percent(right.constant)}`,
          );
        }
      }
      return found.findings(
        'answer-from-question',
        'leak',
        'the zones can be guessed from the words of the question; draw wordings without regard to the answer',
      );
    },
  };
}

/** Everyone may know what is asked for; within that, words should say nothing. */
const kindOf = (modality: string, { target, kind, askedSide, askedAll }: PairRow): string =>
  [modality, target, kind, askedSide, askedAll].join('\n');

interface GuessedPair {
  modality: string;
  isTest: boolean;
  kind: number;
  template: number;
  question: number;
  zones: number;
}

interface Outcome {
  pairs: number;
  right: { constant: number; template: number; question: number };
  /** Pairs that the guess has right and the constant wrong, and the other way round. */
  gained: { template: number; question: number };
  lost: { template: number; question: number };
}

/** Numbers for texts. */
class Keys {
  readonly #numbers = new Map<string, number>();

  of(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    this.#numbers.set(text, this.#numbers.size);
    return this.#numbers.size - 1;
  }
}

function judge(pairs: readonly GuessedPair[]): Map<string, Outcome> {
  const train = pairs.filter(({ isTest }) => !isTest);
  const byKind = commonest(train, 'kind', 1);
  const byTemplate = commonest(train, 'template', FEWEST);
  const byQuestion = commonest(train, 'question', FEWEST);
  const outcomes = new Map<string, Outcome>();
  for (const pair of pairs) {
    const constant = byKind.get(pair.kind);
    if (!pair.isTest || constant === undefined) continue;
    let outcome = outcomes.get(pair.modality);
    if (!outcome) {
      outcome = {
        pairs: 0,
        right: { constant: 0, template: 0, question: 0 },
        gained: { template: 0, question: 0 },
        lost: { template: 0, question: 0 },
      };
      outcomes.set(pair.modality, outcome);
    }
    outcome.pairs++;
    const isRight = constant === pair.zones;
    if (isRight) outcome.right.constant++;
    const template = byTemplate.get(pair.template) ?? constant;
    const question = byQuestion.get(pair.question) ?? template;
    for (const [from, guess] of [
      ['template', template],
      ['question', question],
    ] as const) {
      if (guess === pair.zones) outcome.right[from]++;
      if (guess === pair.zones && !isRight) outcome.gained[from]++;
      if (guess !== pair.zones && isRight) outcome.lost[from]++;
    }
  }
  return outcomes;
}

/** The commonest zones of each key that has at least so many pairs. */
function commonest(
  pairs: readonly GuessedPair[],
  key: 'kind' | 'template' | 'question',
  fewest: number,
): Map<number, number> {
  const counts = new Map<number, Map<number, number>>();
  for (const pair of pairs) {
    const zones = counts.get(pair[key]) ?? new Map<number, number>();
    zones.set(pair.zones, (zones.get(pair.zones) ?? 0) + 1);
    counts.set(pair[key], zones);
  }
  const best = new Map<number, number>();
  for (const [value, zones] of counts) {
    let total = 0;
    let most = 0;
    for (const [label, count] of zones) {
      total += count;
      if (count > most) {
        most = count;
        best.set(value, label);
      }
    }
    if (total < fewest) best.delete(value);
  }
  return best;
}
