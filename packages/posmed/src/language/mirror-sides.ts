/** A side in a word of its own or as its beginning: "left", "Leftmost", "left-sided", "RIGHTWARD", "lefthand". */
const SIDE_WORDS = /\b(left|right)(?=(?:most|wards?|hand|sided?|side)?\b)/gi;

/** Words before and after "right" or "left" that make it something else than a side. */
const NO_SIDE_BEFORE = /\b(?:all|that|this|you|is|are)(?:'s|'re)?\s+$/i;
const NO_SIDE_AFTER = /^(?:\s+(?:here|there|now|away|in|at|next|behind|over|answer|angles?)\b|\s*[?!])/i;

/**
 * The same text for the mirrored picture: left and right change places in all their forms, but not in idioms
 * ("right here", "that is right"). Applied twice it gives the text back.
 */
export function mirrorSides(text: string): string {
  return text.replace(SIDE_WORDS, (word: string, _side: string, at: number) => {
    const after = text.slice(at + word.length);
    if (
      word.toLowerCase() === 'right' &&
      (NO_SIDE_AFTER.test(after) || NO_SIDE_BEFORE.test(text.slice(0, at)))
    ) {
      return word;
    }
    return inCaseOf(word, word.toLowerCase() === 'left' ? 'right' : 'left');
  });
}

function inCaseOf(model: string, word: string): string {
  if (model === model.toUpperCase()) return word.toUpperCase();
  return model[0] === model[0]!.toUpperCase() ? word[0]!.toUpperCase() + word.slice(1) : word;
}
