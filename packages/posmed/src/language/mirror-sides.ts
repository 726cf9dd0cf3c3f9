import { isSideWord } from './side-words.js';
import { splitWords } from './words.js';

const MIRRORED: ReadonlyMap<string, string> = new Map(
  [
    ['left', 'right'],
    ['l', 'r'],
    // misspelt
    ['lfet', 'rigth'],
    ['letf', 'rihgt'],
  ].flatMap(([left, right]) => [
    [left!, right!],
    [right!, left!],
  ]),
);

/**
 * The same text for the mirrored picture: left and right change places in all their forms ("upper-left", "leftmost",
 * "right-sided", "RUQ"), but not where they mean no side ("right here", "that is right"). Twice gives the text back.
 */
export function mirrorSides(text: string): string {
  const words = splitWords(text);
  let mirrored = '';
  let done = 0;
  words.forEach(({ kind, start, end }, at) => {
    if ((kind !== 'left' && kind !== 'right') || !isSideWord(words, at)) return;
    const found = text.slice(start, end);
    mirrored += text.slice(done, start) + mirrorWord(found);
    done = end;
  });
  return mirrored + text.slice(done);
}

/** In the case of the word; what is in no usual case stays, since it would not come back. */
function mirrorWord(word: string): string {
  const other = MIRRORED.get(word.toLowerCase());
  if (other === undefined) return word;
  if (word === word.toLowerCase()) return other;
  if (word === word.toUpperCase()) return other.toUpperCase();
  const capital = word[0] + word.slice(1).toLowerCase();
  return word === capital ? other[0]!.toUpperCase() + other.slice(1) : word;
}
