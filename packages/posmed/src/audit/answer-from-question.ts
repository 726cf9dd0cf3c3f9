import type { DatasetImage } from '../dataset/dataset-image.js';
import type { PairRow } from '../dataset/schema.js';
import { type Finding, Found } from './finding.js';
import { NaiveBayes } from './naive-bayes.js';
import { normalizeQuestion } from './normalize-question.js';

/** How well the zones of answers can be guessed without the picture. All shares are of the test pairs, 0 to 1. */
export interface QuestionGuess {
  modality: string;
  /** Test pairs whose answer names zones that the question does not ask for, and whose like is in train. */
  pairs: number;
  /** By the commonest zones, in train, of pairs of the same modality, target, kind and asked side. */
  constant: number;
  /** By the commonest zones of those of the same template too. */
  fromTemplate: number;
  /** By the words of the question: naive Bayes over the train pairs of the same modality, target, kind and side. */
  fromWords: number;
}

/** From fewer pairs of a template in train nothing is guessed. */
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
  const labels = new Map<string, number>();
  const train: GuessedPair[] = [];
  const test: GuessedPair[] = [];
  let outcomes: Map<string, Outcome> | null = null;
  const judged = (): Map<string, Outcome> => {
    outcomes ??= judge(train, test);
    return outcomes;
  };
  return {
    add({ image: { modality, split }, pairs }) {
      if (split === 'val') return;
      for (const row of pairs) {
        if (row.zones.length === 0 || row.askedZones.length > 0) continue;
        const zones = row.zones.join(' ');
        if (!labels.has(zones)) labels.set(zones, labels.size);
        (split === 'train' ? train : test).push({
          modality,
          kind: kindOf(modality, row),
          template: row.template,
          question: normalizeQuestion(row.question),
          zones: labels.get(zones)!,
        });
      }
    },
    guesses: () =>
      [...judged()]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([modality, { pairs, right }]) => ({
          modality,
          pairs,
          constant: right.constant / pairs,
          fromTemplate: right.template / pairs,
          fromWords: right.words / pairs,
        })),
    findings() {
      const found = new Found();
      for (const [modality, { pairs, right, gained, lost }] of judged()) {
        const percent = (count: number) => `${Math.round((100 * count) / pairs)} %`;
        for (const from of ['template', 'words'] as const) {
          const gain = gained[from] - lost[from];
          if (gain <= MOST_GAIN * pairs || gain <= DEVIATIONS * Math.sqrt(gained[from] + lost[from]))
            continue;
          found.add(
            `${modality}: the ${from} of the question give ${percent(right[from])} of ${pairs} answers, ` +
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
  kind: string;
  template: string;
  question: string;
  zones: number;
}

interface Outcome {
  pairs: number;
  right: { constant: number; template: number; words: number };
  /** Pairs that the guess has right and the constant wrong, and the other way round. */
  gained: { template: number; words: number };
  lost: { template: number; words: number };
}

function judge(train: readonly GuessedPair[], test: readonly GuessedPair[]): Map<string, Outcome> {
  const byKind = new Map<string, Commonest>();
  const byTemplate = new Map<string, Commonest>();
  const byWords = new Map<string, NaiveBayes>();
  for (const pair of train) {
    get(byKind, pair.kind, () => new Commonest()).add(pair.zones);
    get(byTemplate, `${pair.kind}\n${pair.template}`, () => new Commonest()).add(pair.zones);
    get(byWords, pair.kind, () => new NaiveBayes()).add(pair.question.split(' '), pair.zones);
  }
  const outcomes = new Map<string, Outcome>();
  for (const { modality, kind, template, question, zones } of test) {
    const constant = byKind.get(kind)?.label;
    if (constant === undefined) continue;
    const outcome = get(outcomes, modality, newOutcome);
    const isRight = constant === zones;
    outcome.pairs++;
    if (isRight) outcome.right.constant++;
    const alike = byTemplate.get(`${kind}\n${template}`);
    const guesses = {
      template: alike && alike.total >= FEWEST ? alike.label : constant,
      words: byWords.get(kind)?.guess(question.split(' ')),
    };
    for (const from of ['template', 'words'] as const) {
      if (guesses[from] === zones) outcome.right[from]++;
      if (guesses[from] === zones && !isRight) outcome.gained[from]++;
      if (guesses[from] !== zones && isRight) outcome.lost[from]++;
    }
  }
  return outcomes;
}

const newOutcome = (): Outcome => ({
  pairs: 0,
  right: { constant: 0, template: 0, words: 0 },
  gained: { template: 0, words: 0 },
  lost: { template: 0, words: 0 },
});

function get<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/** Counts labels; of equally common ones the first. */
class Commonest {
  readonly #counts = new Map<number, number>();
  total = 0;

  add(label: number): void {
    this.total++;
    this.#counts.set(label, (this.#counts.get(label) ?? 0) + 1);
  }

  get label(): number | undefined {
    let best: number | undefined;
    let most = 0;
    for (const [label, count] of this.#counts) {
      if (count > most) [best, most] = [label, count];
    }
    return best;
  }
}
