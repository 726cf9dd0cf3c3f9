/** Guesses a label from words, as examples have them: multinomial naive Bayes with add-one smoothing. */
export class NaiveBayes {
  readonly #labels = new Map<number, { examples: number; words: number; counts: Map<string, number> }>();
  readonly #vocabulary = new Set<string>();

  add(words: readonly string[], label: number): void {
    let seen = this.#labels.get(label);
    if (!seen) {
      seen = { examples: 0, words: 0, counts: new Map() };
      this.#labels.set(label, seen);
    }
    seen.examples++;
    seen.words += words.length;
    for (const word of words) {
      seen.counts.set(word, (seen.counts.get(word) ?? 0) + 1);
      this.#vocabulary.add(word);
    }
  }

  /** The likeliest label; undefined when there was no example. Words that no example had are passed over. */
  guess(words: readonly string[]): number | undefined {
    const known = words.filter((word) => this.#vocabulary.has(word));
    let best: number | undefined;
    let most = Number.NEGATIVE_INFINITY;
    for (const [label, seen] of this.#labels) {
      let score = Math.log(seen.examples);
      for (const word of known) {
        score += Math.log(((seen.counts.get(word) ?? 0) + 1) / (seen.words + this.#vocabulary.size));
      }
      if (score > most) {
        most = score;
        best = label;
      }
    }
    return best;
  }
}
