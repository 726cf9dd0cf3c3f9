import type { Laterality, Side } from '../position/places.js';
import { wordSet } from './lexicon.js';
import { isSideWord } from './side-words.js';
import type { Word } from './words.js';

/** Whose sides a text speaks of. */
export interface WhoseSides {
  /** What the text says of it, by its first side that says so. */
  reference: Laterality | null;
  /** The picture's side that the word "left" or "right" at a place means. */
  sideAt(at: number): Side;
}

/** "from the patient's perspective" */
const PERSPECTIVES: ReadonlySet<string> = wordSet(
  'perspective point view viewpoint standpoint own orientation',
);

/** @param laterality whose sides are meant where the text does not say */
export function findWhoseSides(words: readonly Word[], laterality: Laterality): WhoseSides {
  let hasPatient = false;
  let hasImage = false;
  for (const { kind } of words) {
    if (kind === 'patient') hasPatient = true;
    else if (kind === 'image') hasImage = true;
  }
  if (!hasPatient) {
    const whose = hasImage ? 'image' : laterality;
    return { reference: hasImage ? 'image' : null, sideAt: (at) => sideOf(words[at]!, whose) };
  }
  return resolveSides(words, hasImage ? 'image' : laterality, hasImage);
}

function resolveSides(words: readonly Word[], otherwise: Laterality, hasImage: boolean): WhoseSides {
  const turned = new Map<number, Laterality>();
  let first: Laterality | null = null;
  let sentence: Laterality | null = null;
  for (let at = 0; at < words.length; at++) {
    const { kind, mark } = words[at]!;
    if (at === 0 || mark === '.' || mark === '?' || mark === '!' || mark === '\n') {
      sentence = perspectiveOf(words, at);
    }
    if ((kind !== 'left' && kind !== 'right') || !isSideWord(words, at)) continue;
    const own = saidBefore(words, at) ?? saidAfter(words, at);
    if (own) sentence = own;
    first ??= sentence;
    turned.set(at, sentence ?? otherwise);
  }
  return {
    reference: first ?? (hasImage ? 'image' : null),
    sideAt: (at) => sideOf(words[at]!, turned.get(at) ?? otherwise),
  };
}

function sideOf(word: Word, whose: Laterality): Side {
  return (word.kind === 'left') === (whose === 'image') ? 'left' : 'right';
}

function perspectiveOf(words: readonly Word[], from: number): Laterality | null {
  for (let at = from; at < words.length; at++) {
    const { kind, mark } = words[at]!;
    if (at > from && (mark === '.' || mark === '?' || mark === '!' || mark === '\n')) return null;
    if (kind === 'patient' && PERSPECTIVES.has(words[at + 1]!.text)) return 'patient';
  }
  return null;
}

/** "the patient's upper left", "anatomical left", "image left" */
function saidBefore(words: readonly Word[], at: number): Laterality | null {
  for (let back = at - 1; back >= Math.max(0, at - 3) && words[back + 1]!.mark === ''; back--) {
    const { kind, text } = words[back]!;
    if (kind === 'patient' || kind === 'image') return kind;
    if (kind !== 'top' && kind !== 'bottom' && text !== 'own') return null;
  }
  return null;
}

/** "the left side of the patient", "on the left in this radiograph" */
function saidAfter(words: readonly Word[], at: number): Laterality | null {
  let leads = false;
  for (let next = at + 1; next < Math.min(at + 8, words.length); next++) {
    const { kind, text, mark } = words[next]!;
    if (mark !== '') return null;
    if (leads && (kind === 'image' || kind === 'patient')) return kind;
    if (kind === 'left' || kind === 'right') return null;
    if (kind === 'preposition') leads = true;
    else if (leads ? kind === 'finding' : kind === 'copula' || kind === 'exists' || text === 'and')
      return null;
  }
  return null;
}
