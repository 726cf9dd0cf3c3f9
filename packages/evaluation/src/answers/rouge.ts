/** ROUGE's own tokens: lower case, letters and digits alone. */
const tokensOf = (text: string): string[] => text.toLowerCase().match(/[a-z0-9]+/g) ?? [];

/** F1 of shared phrases of `length` words, 0 to 1. Source: Lin, ROUGE (2004), without stemming. */
export function rougeN(reference: string, candidate: string, length: 1 | 2): number {
  const theirs = phrasesOf(tokensOf(reference), length);
  const own = phrasesOf(tokensOf(candidate), length);
  let shared = 0;
  for (const [phrase, count] of own) shared += Math.min(count, theirs.get(phrase) ?? 0);
  return f1(shared, total(theirs), total(own));
}

/** F1 of the longest common subsequence of words, 0 to 1. Source: Lin, ROUGE (2004), without stemming. */
export function rougeL(reference: string, candidate: string): number {
  const theirs = tokensOf(reference);
  const own = tokensOf(candidate);
  let row = new Array<number>(own.length + 1).fill(0);
  for (const word of theirs) {
    const next = [0];
    own.forEach((other, i) => {
      next.push(word === other ? row[i]! + 1 : Math.max(row[i + 1]!, next[i]!));
    });
    row = next;
  }
  return f1(row[own.length]!, theirs.length, own.length);
}

function phrasesOf(words: readonly string[], length: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let start = 0; start + length <= words.length; start++) {
    const phrase = words.slice(start, start + length).join(' ');
    counts.set(phrase, (counts.get(phrase) ?? 0) + 1);
  }
  return counts;
}

const total = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((sum, count) => sum + count, 0);

function f1(shared: number, reference: number, candidate: number): number {
  return shared === 0 ? 0 : (2 * shared) / (reference + candidate);
}
