import type { Zone } from '@prs-med/imaging';
import type { Pair } from '../pair.js';
import type { Half, Laterality, Side } from '../position/places.js';
import { type ParsedSentence, parseSentence } from './sentence.js';
import type { PairTruth } from './truth-of-pair.js';

/** "A)", "(B)", "C.", "D:" before an option. */
const LABEL = /(?:^|[\s(])([A-Fa-f])\)\s*|(?:^|\s)([A-F])[.:]\s+/g;

/** The options that a question offers: the place of each by its letter; null for one that names none. */
export function parseOptions(
  question: string,
  laterality: Laterality,
): Map<string, Zone | Side | Half | null> {
  const labels = [...question.matchAll(LABEL)];
  return new Map(
    labels.map((label, at) => {
      const text = question.slice(label.index + label[0].length, labels[at + 1]?.index);
      const { zones, sides, halves } = parseSentence(text, laterality);
      const [place = null] = [...zones, ...sides, ...halves];
      return [(label[1] ?? label[2]!).toUpperCase(), place];
    }),
  );
}

/** One option is right, and the answer chooses it; null when nothing is wrong. */
export function checkOptions(pair: Pair, answer: ParsedSentence, truth: PairTruth): string | null {
  const options = parseOptions(pair.question, pair.laterality);
  if (options.size < 2) return 'the question offers no options';
  const right = [...options].filter(([, place]) => truth.zones.some((zone) => zone === place));
  const [only] = right;
  if (!only || right.length > 1)
    return `${right.length === 0 ? 'none' : 'more than one'} of the options is right`;
  const { choice } = answer;
  if (choice === null) return answer.zones.length > 0 ? null : 'the answer chooses no option';
  const chosen = options.get(choice);
  if (chosen === undefined) return `the answer chooses ${choice}, which is not offered`;
  return choice === only[0]
    ? null
    : `the answer chooses ${choice}, ${chosen}, and the mask's zone is ${only[1]}`;
}
