import { wordSet } from './lexicon.js';
import type { Word } from './words.js';

/** After "left" or "right" these make it something else, whatever stands before: "the right answer", "left untreated". */
const NEVER_BEFORE = wordSet(
  'answer answers choice option thing diagnosis decision way time word place angle angles over untreated behind alone ' +
    'out unchanged blank untouched open unmarked',
);
/** "right here", "right in the middle", but "on the right in the lower zone". */
const LOOSE_BEFORE = wordSet(
  'here there now away in at on next above below by near inside within beneath behind beside between under around along ' +
    'against where before after across through next',
);
/** Before "left" or "right" these make it a side in any case. */
const SIDE_BEFORE = wordSet(
  "the this to and or far image picture screen patient patient's viewer's observer's your anatomical anatomic extreme " +
    'central center centre middle mid lung more slightly',
);
/** "that is right", "what is left". */
const SPEAKING = wordSet('that this you i we they what which it nothing none anything everything');
const SPEAKING_SHORT = wordSet("that's you're i'm we're what's it's all quite");
const OPENING = wordSet('the it so there this you i we let that');

/**
 * Whether the word "left" or "right" at a place means a side. The rules are the same for both words, so that a text and
 * its mirrored text are read alike: in "right here" it is no side, and in "left here" neither.
 */
export function isSideWord(words: readonly Word[], at: number): boolean {
  const word = words[at]!;
  const next = words[at + 1]!;
  const before = word.mark === '' ? words[at - 1] : undefined;
  const followed = next.mark === '' && next.text !== '';
  if (followed && NEVER_BEFORE.has(next.text)) return false;
  if (before) {
    const beforeThat = before.mark === '' ? words[at - 2] : undefined;
    // "what is left of the lung", but "it is left of the midline"
    const isRest = before.text === "what's" || (beforeThat?.text === 'what' && before.kind === 'copula');
    if (isRest) return false;
    if (followed && next.text === 'of') return true;
    if (!followed) {
      if (SPEAKING_SHORT.has(before.text) || SPEAKING.has(before.text)) return false;
      if (before.kind === 'copula' && beforeThat && SPEAKING.has(beforeThat.text)) return false;
    }
    if (before.text === 'all' && !followed) return false;
  }
  if (!followed) {
    if (word.mark === ',' && next.mark === '?') return false;
    const opens = at === 0 || word.mark === '.' || word.mark === '!' || word.mark === '\n';
    return !(opens && next.mark === ',' && OPENING.has(next.text));
  }
  if (LOOSE_BEFORE.has(next.text)) {
    if (!before) return false;
    return SIDE_BEFORE.has(before.text) || before.kind === 'top' || before.kind === 'bottom';
  }
  return true;
}
