import { stemmer } from 'stemmer';
import { splitWords } from './bleu.js';

/** Words of one meaning with a word, itself not included. */
export type Synonyms = (word: string) => ReadonlySet<string>;

const ALPHA = 0.9;
const BETA = 3;
const GAMMA = 0.5;

interface Numbered {
  readonly at: number;
  readonly word: string;
}

/** Places of a word in the candidate and in the reference. */
type Match = [candidate: number, reference: number];

/**
 * METEOR of one sentence, 0 to 1: words matched as they are, then by stem, then by meaning, with a penalty for matches that
 * do not stand together.
 * Source: Banerjee and Lavie (2005), with the parameters and the order of matching of nltk, where the golden values are
 * from: later words are matched first, and meanings are looked up for the stems that are left.
 */
export function meteor(reference: string, candidate: string, synonyms: Synonyms): number {
  const own = splitWords(candidate);
  const theirs = splitWords(reference);
  const left: Sides = { candidate: numbered(own), reference: numbered(theirs) };
  const matches = takeMatches(left, (a, b) => a === b);
  left.candidate = left.candidate.map(stemmed);
  left.reference = left.reference.map(stemmed);
  matches.push(...takeMatches(left, (a, b) => a === b));
  matches.push(...takeMatches(left, (a, b) => a === b || synonyms(a).has(b)));
  if (matches.length === 0) return 0;
  const precision = matches.length / own.length;
  const recall = matches.length / theirs.length;
  const mean = (precision * recall) / (ALPHA * precision + (1 - ALPHA) * recall);
  const penalty = GAMMA * (countChunks(matches) / matches.length) ** BETA;
  return (1 - penalty) * mean;
}

interface Sides {
  candidate: Numbered[];
  reference: Numbered[];
}

const numbered = (words: readonly string[]): Numbered[] => words.map((word, at) => ({ at, word }));

const stemmed = ({ at, word }: Numbered): Numbered => ({ at, word: stemmer(word) });

function takeMatches(left: Sides, matches: (candidate: string, reference: string) => boolean): Match[] {
  const found: Match[] = [];
  for (let i = left.candidate.length - 1; i >= 0; i--) {
    for (let j = left.reference.length - 1; j >= 0; j--) {
      const [own, theirs] = [left.candidate[i]!, left.reference[j]!];
      if (!matches(own.word, theirs.word)) continue;
      found.push([own.at, theirs.at]);
      left.candidate.splice(i, 1);
      left.reference.splice(j, 1);
      break;
    }
  }
  return found;
}

/** Runs of matches that follow each other in both sentences. */
function countChunks(matches: readonly Match[]): number {
  const sorted = [...matches].sort(([a], [b]) => a - b);
  return sorted.filter(([own, theirs], i) => {
    const before = sorted[i - 1];
    return before === undefined || own !== before[0] + 1 || theirs !== before[1] + 1;
  }).length;
}
