/** Added to a numerator that is 0, so that one missing length of phrase does not undo the others. */
const EPSILON = 0.1;

/** Lower case, split at white space: the tokens of BLEU and METEOR here. */
export const splitWords = (text: string): string[] => {
  const trimmed = text.toLowerCase().trim();
  return trimmed === '' ? [] : trimmed.split(/\s+/);
};

/** How many phrases of each length a candidate has, and how many of them its reference has too. */
interface PhraseCounts {
  readonly matched: number[];
  readonly all: number[];
  candidateLength: number;
  referenceLength: number;
}

/**
 * BLEU of one sentence with phrases of up to `longest` words, evenly weighted, 0 to 1. 0 when no word is shared.
 * Source: Papineni et al. (2002), smoothed by method 1 of Chen and Cherry (2014).
 */
export function sentenceBleu(reference: string, candidate: string, longest: 1 | 4): number {
  return scoreCounts(countPhrases(splitWords(reference), splitWords(candidate), longest));
}

/**
 * BLEU-4 of many sentences: counts are pooled before they are divided.
 * @throws RangeError when there are not as many candidates as references
 */
export function corpusBleu4(references: readonly string[], candidates: readonly string[]): number {
  if (references.length !== candidates.length) {
    throw new RangeError(`there are ${references.length} references and ${candidates.length} candidates`);
  }
  const pooled: PhraseCounts = {
    matched: [0, 0, 0, 0],
    all: [0, 0, 0, 0],
    candidateLength: 0,
    referenceLength: 0,
  };
  references.forEach((reference, i) => {
    const counts = countPhrases(splitWords(reference), splitWords(candidates[i]!), 4);
    for (let n = 0; n < 4; n++) {
      pooled.matched[n]! += counts.matched[n]!;
      pooled.all[n]! += counts.all[n]!;
    }
    pooled.candidateLength += counts.candidateLength;
    pooled.referenceLength += counts.referenceLength;
  });
  return scoreCounts(pooled);
}

function countPhrases(reference: string[], candidate: string[], longest: number): PhraseCounts {
  const counts: PhraseCounts = {
    matched: [],
    all: [],
    candidateLength: candidate.length,
    referenceLength: reference.length,
  };
  for (let length = 1; length <= longest; length++) {
    const own = phrasesOf(candidate, length);
    const theirs = phrasesOf(reference, length);
    let matched = 0;
    for (const [phrase, count] of own) matched += Math.min(count, theirs.get(phrase) ?? 0);
    counts.matched.push(matched);
    counts.all.push(Math.max(1, candidate.length - length + 1));
  }
  return counts;
}

function phrasesOf(words: readonly string[], length: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let start = 0; start + length <= words.length; start++) {
    const phrase = words.slice(start, start + length).join(' ');
    counts.set(phrase, (counts.get(phrase) ?? 0) + 1);
  }
  return counts;
}

function scoreCounts({ matched, all, candidateLength, referenceLength }: PhraseCounts): number {
  if (matched[0] === 0) return 0;
  const logarithms = matched.map((count, n) => Math.log((count === 0 ? EPSILON : count) / all[n]!));
  const mean = logarithms.reduce((sum, value) => sum + value, 0) / logarithms.length;
  const brevity = candidateLength > referenceLength ? 1 : Math.exp(1 - referenceLength / candidateLength);
  return brevity * Math.exp(mean);
}
