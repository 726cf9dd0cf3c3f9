import { GeneratorError } from './generator-error.js';

const BYTES_PER_TOKEN = 3;

/**
 * Tokens of a text, rather too many than too few: byte-pair vocabularies make about one token of four bytes of English
 * prose, and more of JSON.
 */
export const estimateTokens = (text: string): number =>
  Math.ceil(new TextEncoder().encode(text).length / BYTES_PER_TOKEN);

/**
 * Tokens that may be used in all. What a request will cost is only known when it is answered, so each is reserved as an
 * estimate, corrected by the dearest answer so far in relation to its own estimate.
 */
export class TokenBudget {
  readonly #limit: number;
  readonly #where: string;
  #spent: number;
  #reserved = 0;
  #open = 0;
  #ratio: number | null;
  #waiting: (() => void)[] = [];

  /**
   * @param limit tokens in all; Infinity for no limit
   * @param spent tokens that were used before
   * @param ratio of the cost of an answer to its estimate, the greatest so far; null where there was none
   * @param where what the budget is of, for the error
   */
  constructor(limit: number, spent: number, ratio: number | null, where: string) {
    this.#limit = limit;
    this.#spent = spent;
    this.#ratio = ratio;
    this.#where = where;
  }

  /** Tokens used, by what was answered. */
  get spent(): number {
    return this.#spent;
  }

  /**
   * Waits until there is room for a request, for one that is under way may cost less than was reserved for it.
   * @returns to be called once, with the tokens that the request cost, or null when it was not answered
   * @throws GeneratorError when there is no room and nothing is under way
   */
  async reserve(estimate: number): Promise<(cost: number | null) => void> {
    let tokens = this.#expect(estimate);
    while (this.#spent + this.#reserved + tokens > this.#limit) {
      if (this.#open === 0) throw this.#usedUp(tokens);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
      tokens = this.#expect(estimate);
    }
    this.#reserved += tokens;
    this.#open++;
    return (cost) => {
      this.#reserved -= tokens;
      this.#open--;
      if (cost !== null) {
        this.#spent += cost;
        this.#ratio = Math.max(this.#ratio ?? 0, cost / estimate);
      }
      for (const wake of this.#waiting.splice(0)) wake();
    };
  }

  #expect(estimate: number): number {
    return Math.ceil(estimate * (this.#ratio ?? 1));
  }

  #usedUp(next: number): GeneratorError {
    const told = [this.#limit, this.#spent, next].map((tokens) => tokens.toLocaleString('en'));
    return new GeneratorError(
      this.#where,
      `the budget is ${told[0]} tokens, ${told[1]} are used and the next request may take ${told[2]}`,
      'go on with --resume and a larger --budget',
    );
  }
}
