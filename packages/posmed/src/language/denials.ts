import { wordSet } from './lexicon.js';
import { isSideWord } from './side-words.js';
import type { Word } from './words.js';

/**
 * What a clause does with the places that it names: says that the target is there, says that it is not, leaves it open
 * ("I cannot tell whether …"), only allows for it ("… cannot be ruled out"), or asks.
 */
export type ClauseSense = 'said' | 'denied' | 'open' | 'possible' | 'asked';

/** Words from `from` up to, not including, `to`. */
export interface Clause {
  from: number;
  to: number;
  sense: ClauseSense;
  /** Denies only others than the target: "no other lesion". */
  aboutOthers: boolean;
}

/** After "not" these deny nothing of what is said: "not only". */
const NOT_DENYING = wordSet('only just merely simply solely far');
const ADVERBS = wordSet(
  'clearly really actually definitely yet also quite entirely fully even readily obviously immediately easily directly ' +
    'necessarily be been being',
);
/** "I cannot tell", "not sure". */
const NOT_KNOWING = wordSet(
  'tell say determine know judge give provide assess decide diagnose comment localise localize sure certain clear ' +
    'possible answer confirm pinpoint specify offer make',
);
/** After "not" these deny that something is there; another word is a quality that is denied: "not well defined". */
const BEING_THERE = wordSet(
  'a an any the in on at within there here near inside evident noted observed able lie sit extend show contain involve ' +
    'include reveal demonstrate have see find identify detect appear exist reach',
);
const DOUBTLESS = wordSet('doubt question problem matter wonder');
const OTHERS = wordSet('other others additional further second more');
const UNTRUE = wordSet('wrong incorrect false inaccurate untrue mistaken');

/**
 * Reads whether a clause denies.
 * @param before what the clause before does, which an exception turns round
 */
export function readClause(words: readonly Word[], from: number, to: number, before: ClauseSense): Clause {
  let denies = false;
  let isOpen = false;
  let isPossible = false;
  let isTurned = false;
  let aboutOthers = false;
  for (let at = from; at < to; at++) {
    const { kind, text } = words[at]!;
    const next = words[at + 1]!;
    if (kind === 'not') {
      const undone = undoneBy(words, at, to);
      if (undone !== null) {
        isPossible ||= undone.isPossible;
        at = undone.at;
        continue;
      }
      const effect = effectOfNot(words, from, at, to);
      if (effect === 'open') isOpen = true;
      else if (effect === 'denied') denies = true;
    } else if (kind === 'no') {
      if (DOUBTLESS.has(next.text) || next.text === 'fewer' || next.text === 'less') continue;
      denies = true;
      aboutOthers = OTHERS.has(next.text);
    } else if (kind === 'none') {
      denies = true;
    } else if (kind === 'without') {
      if (deniesNext(words, at)) denies = true;
    } else if (kind === 'lacking') {
      if (lacks(words, at)) denies = true;
    } else if (kind === 'unsure') {
      if (isUnsure(words, at)) isOpen = true;
      else if (text === 'unable') denies = true;
    } else if (UNTRUE.has(text) && (next.text === 'to' || next.text === 'that')) {
      isTurned = true;
    }
  }
  let sense: ClauseSense = denies !== isTurned ? 'denied' : 'said';
  if (words[from]!.kind === 'except') sense = before === 'denied' ? 'said' : 'denied';
  else if (isOpen) sense = 'open';
  else if (isPossible && sense === 'said') sense = 'possible';
  return { from, to, sense, aboutOthers };
}

/** "not absent", "cannot be ruled out", "can't miss": where the denial of the denial ends. */
function undoneBy(
  words: readonly Word[],
  at: number,
  to: number,
): { at: number; isPossible: boolean } | null {
  for (let next = at + 1; next < Math.min(at + 5, to); next++) {
    const { kind, text } = words[next]!;
    if (kind === 'lacking' || kind === 'without') {
      if (kind === 'without' && text !== 'without') return null;
      return { at: next, isPossible: /^(?:rule|exclude)/.test(text) };
    }
    if (
      text === 'miss' ||
      text === 'missed' ||
      text === 'overlook' ||
      text === 'overlooked' ||
      text === 'doubt'
    ) {
      return { at: next, isPossible: false };
    }
    if (!ADVERBS.has(text) && kind !== 'article' && kind !== 'copula') return null;
  }
  return null;
}

function effectOfNot(words: readonly Word[], from: number, at: number, to: number): 'denied' | 'open' | null {
  let next = at + 1;
  if (NOT_DENYING.has(words[next]!.text)) return null;
  while (next < to && ADVERBS.has(words[next]!.text)) next++;
  if (next >= to) return 'denied';
  const { kind, text } = words[next]!;
  if (NOT_KNOWING.has(text)) return 'open';
  if (text === 'able') return NOT_KNOWING.has(words[next + 2]?.text ?? '') ? 'open' : 'denied';
  if (isPlaceWord(words, next) || kind === 'exists' || kind === 'near' || BEING_THERE.has(text))
    return 'denied';
  for (let place = from; place < at; place++) if (isPlaceWord(words, place)) return null;
  // "which is not very large"
  return words[at - 1]?.kind === 'copula' ? null : 'denied';
}

/** "free of", "negative for", and what lacks something by itself. */
function lacks(words: readonly Word[], at: number): boolean {
  const { text } = words[at]!;
  const next = words[at + 1]!.text;
  if (text === 'free') return next === 'of' || next === 'from';
  if (text === 'negative') return next === 'for';
  if (text === 'rule' || text === 'ruled') return next === 'out';
  if (text.startsWith('fail')) return next === 'to';
  return true;
}

/** "unclear", "hard to tell", "unable to say"; who is unable to find it says that it is not there. */
function isUnsure(words: readonly Word[], at: number): boolean {
  const { text } = words[at]!;
  if (text === 'unable') return NOT_KNOWING.has(words[at + 2]?.text ?? '');
  return text.startsWith('un') || words[at + 1]!.text === 'to';
}

function isPlaceWord(words: readonly Word[], at: number): boolean {
  const { kind } = words[at]!;
  if (kind === 'left' || kind === 'right') return isSideWord(words, at);
  return kind === 'top' || kind === 'bottom' || kind === 'center';
}

/** "without", "rather than", "instead of": denies what follows. */
export function deniesNext(words: readonly Word[], at: number): boolean {
  const { kind, text } = words[at]!;
  if (kind !== 'without') return false;
  const next = words[at + 1]!.text;
  if (text === 'rather') return next === 'than';
  if (text === 'instead') return next === 'of';
  if (text === 'opposed') return next === 'to';
  return text !== 'without' || (next !== 'doubt' && words[at + 2]?.text !== 'doubt');
}
