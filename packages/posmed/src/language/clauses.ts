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

/** The clauses of a text and the yes or no that it begins with. */
export interface Clauses {
  clauses: Clause[];
  verdict: 'yes' | 'no' | null;
}

const list = (words: string): ReadonlySet<string> => new Set(words.split(' '));

/** How questions and requests begin. */
const ASKING = list(
  'where wheres which who how whereabouts please pls segment outline mark highlight delineate draw find locate show give trace ' +
    'create check look point tell mask contour label separate extract identify describe name choose select pick count ' +
    'can could would will does do is are any anything was were has have',
);
const REQUESTS = [
  ['i', 'need'],
  ['i', 'want'],
  ['i', 'am', 'looking'],
  ["i'm", 'looking'],
  ["i'd", 'like'],
  ['what', 'about'],
] as const;

/** After a comma these begin another clause. */
const NEW_THOUGHT = list(
  "it it's they there there's instead rather which nor neither none nothing no not without unlike",
);

/** After "not" these deny nothing of what is said: "not only". */
const NOT_DENYING = list('only just merely simply solely far');
const ADVERBS = list(
  'clearly really actually definitely yet also quite entirely fully even readily obviously immediately easily directly ' +
    'necessarily be been being',
);
/** "I cannot tell", "not sure". */
const NOT_KNOWING = list(
  'tell say determine know judge give provide assess decide diagnose comment localise localize sure certain clear ' +
    'possible answer confirm pinpoint specify offer make',
);
/** After "not" these deny that something is there; another word is a quality that is denied: "not well defined". */
const BEING_THERE = list(
  'a an any the in on at within there here near inside evident noted observed able lie sit extend show contain involve ' +
    'include reveal demonstrate have see find identify detect appear exist reach',
);
const DOUBTLESS = list('doubt question problem matter wonder');
const OTHERS = list('other others additional further second more');
const UNTRUE = list('wrong incorrect false inaccurate untrue mistaken');

/** Cuts a text into clauses, each with what it does with the places in it. */
export function findClauses(words: readonly Word[]): Clauses {
  const found: Clauses = { clauses: [], verdict: null };
  const end = words.length - 1;
  if (listsOptions(words)) {
    found.clauses.push({ from: 0, to: end, sense: 'asked', aboutOthers: false });
    return found;
  }
  let from = 0;
  for (let at = 1; at <= end; at++) {
    if (at < end && !endsSentence(words[at]!.mark)) continue;
    readSentence(words, from, at, found);
    from = at;
  }
  return found;
}

/** "(A) top-left (B) top-right": a question, however it is marked. */
function listsOptions(words: readonly Word[]): boolean {
  let hasFirst = false;
  for (let at = 0; at + 1 < words.length; at++) {
    const { text } = words[at]!;
    if (text !== 'a' && text !== 'b') continue;
    const { mark } = words[at + 1]!;
    if (mark !== '(' && mark !== '.' && mark !== ':') continue;
    if (text === 'b' && hasFirst) return true;
    hasFirst = text === 'a';
  }
  return false;
}

function endsSentence(mark: string): boolean {
  return mark === '.' || mark === '?' || mark === '!' || mark === ';' || mark === '\n';
}

function readSentence(words: readonly Word[], start: number, to: number, found: Clauses): void {
  let from = start;
  const asks = isAsking(words, from, to);
  const verdict = asks ? null : verdictAt(words, from, to);
  if (verdict) {
    if (verdict === 'no') denyAsked(found.clauses);
    // A second verdict would answer another question.
    found.verdict ??= verdict;
    from++;
    if (verdict === 'no' && retracts(words, from, to)) {
      found.clauses.length = 0;
      found.verdict = null;
    }
  }
  if (from >= to) return;
  if (asks) {
    found.clauses.push({ from, to, sense: 'asked', aboutOthers: false });
    return;
  }
  let before: ClauseSense = 'said';
  for (let at = from; at < to; ) {
    const next = clauseEnd(words, at, to);
    const clause = readClause(words, at, next, before);
    splitAtNormal(words, clause, found.clauses);
    before = clause.sense;
    at = next;
  }
}

function isAsking(words: readonly Word[], from: number, to: number): boolean {
  const end = words[to]!.mark;
  if (end === '?') return true;
  const first = words[from]!.text;
  // "any" and "anything" ask, and "is" never begins a statement.
  if (ASKING.has(first)) return true;
  if (first === 'what' || first === 'whats') return end !== '.';
  const last = words[to - 1]!.text;
  if (last === 'please' || last === 'pls') return true;
  return REQUESTS.some((request) => request.every((word, at) => words[from + at]?.text === word));
}

/** "Yes, …", "No. …", "No there is none", but not "No polyp …". */
function verdictAt(words: readonly Word[], from: number, to: number): 'yes' | 'no' | null {
  const { kind, text } = words[from]!;
  if (kind === 'yes') return 'yes';
  if (text === 'nope') return 'no';
  if (kind !== 'no') return null;
  const next = words[from + 1]!;
  if (from + 1 === to || next.mark !== '') return 'no';
  return next.text === 'there' || next.text === 'it' || next.text === 'the' || next.text === 'i'
    ? 'no'
    : null;
}

/** "No, wait, …" takes back what was said before. */
function retracts(words: readonly Word[], from: number, to: number): boolean {
  return from < to && (words[from]!.text === 'wait' || words[from]!.text === 'sorry');
}

/** "Is it in the upper left? No." */
function denyAsked(clauses: Clause[]): void {
  const last = clauses.at(-1);
  if (last?.sense === 'asked') last.sense = 'denied';
}

/** Where the clause that begins at a word ends. */
function clauseEnd(words: readonly Word[], from: number, to: number): number {
  const first = words[from]!;
  // "While the left lung is normal, …", "instead of the center, …", "not the left lung, the right one"
  const endsAtComma =
    first.kind === 'turn' ||
    deniesNext(words, from) ||
    (first.kind === 'not' && !hasAlternative(words, from, to));
  for (let at = from + 1; at < to; at++) {
    const word = words[at]!;
    const { mark, kind } = word;
    if (mark === ':' || mark === '(' || mark === '–') return at;
    if (mark === ',') {
      if (endsAtComma && words[at + 1]!.mark !== ',') return at;
      if (NEW_THOUGHT.has(word.text) || kind === 'not' || deniesWith(words, at)) return at;
    }
    if (kind === 'turn' || kind === 'except' || deniesNext(words, at) || deniesWith(words, at)) return at;
    if (kind === 'and' && beginsDenial(words, at + 1, to)) return at;
    if (kind === 'not' && word.text === 'not' && words[at - 1]!.kind === 'part') return at;
  }
  return to;
}

function hasAlternative(words: readonly Word[], from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (words[at]!.kind === 'or' || words[at]!.text === 'nor') return true;
  return false;
}

/** "without", "rather than", "instead of": denies what follows. */
function deniesNext(words: readonly Word[], at: number): boolean {
  const { kind, text } = words[at]!;
  if (kind !== 'without') return false;
  const next = words[at + 1]!.text;
  if (text === 'rather') return next === 'than';
  if (text === 'instead') return next === 'of';
  if (text === 'opposed') return next === 'to';
  return text !== 'without' || (next !== 'doubt' && words[at + 2]?.text !== 'doubt');
}

/** "with no other lesion" */
function deniesWith(words: readonly Word[], at: number): boolean {
  return words[at]!.text === 'with' && words[at + 1]!.kind === 'no';
}

/** After "and": "not …", "no …", "does not …", "there is no …". */
function beginsDenial(words: readonly Word[], at: number, to: number): boolean {
  for (let next = at; next < Math.min(at + 3, to); next++) {
    const { kind, text } = words[next]!;
    if (kind === 'not' || kind === 'no' || kind === 'none' || kind === 'without') return true;
    if (kind !== 'copula' && text !== 'does' && text !== 'do' && text !== 'there' && text !== 'has')
      return false;
  }
  return false;
}

function readClause(words: readonly Word[], from: number, to: number, before: ClauseSense): Clause {
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

/** "…, the left lung is clear" denies from the comma or the "and" before it on. */
function splitAtNormal(words: readonly Word[], clause: Clause, into: Clause[]): void {
  const { from, to } = clause;
  const at = normalAt(words, from, to);
  if (at < 0 || clause.sense !== 'said') {
    into.push(clause);
    return;
  }
  let start = from;
  const isPlural = words[at - 1]?.text === 'are' || words[at - 1]?.text === 'look';
  for (let back = at; back > from; back--) {
    const { mark, kind } = words[back]!;
    if (mark === ',' || (kind === 'and' && !isPlural)) {
      start = back;
      break;
    }
  }
  let end = to;
  for (let ahead = at + 1; ahead < to; ahead++) {
    if (words[ahead]!.mark === ',') {
      end = ahead;
      break;
    }
  }
  if (start > from) into.push({ ...clause, to: start });
  into.push({ ...clause, from: start, to: end, sense: 'denied' });
  if (end < to) into.push({ ...clause, from: end });
}

/** Where something is said to be normal: "is clear", "looks unremarkable", or the fragment "left lung clear". */
function normalAt(words: readonly Word[], from: number, to: number): number {
  for (let at = from + 1; at < to; at++) {
    if (words[at]!.kind !== 'normal') continue;
    const before = words[at - 1]!;
    const ends = at + 1 === to || words[at + 1]!.mark === ',' || words[at + 1]!.kind === 'bilateral';
    if (before.kind === 'copula' || (ends && before.kind !== 'article')) return at;
  }
  return to - from === 1 && words[from]!.kind === 'normal' ? from : -1;
}
