import { type Clause, type ClauseSense, deniesNext, readClause } from './denials.js';
import { wordSet } from './lexicon.js';
import type { Word } from './words.js';

/** The clauses of a text and the yes or no that it begins with. */
export interface Clauses {
  clauses: Clause[];
  verdict: 'yes' | 'no' | null;
}

/** How questions and requests begin. */
const ASKING = wordSet(
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
const NEW_THOUGHT = wordSet(
  "it it's they there there's instead rather which nor neither none nothing no not without unlike",
);

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
  }
  return to;
}

function hasAlternative(words: readonly Word[], from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (words[at]!.kind === 'or' || words[at]!.text === 'nor') return true;
  return false;
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
