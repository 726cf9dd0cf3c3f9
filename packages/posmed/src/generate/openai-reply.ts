import { z } from 'zod';
import { normalizeQuestion } from '../audit/normalize-question.js';
import type { Pair } from '../pair.js';
import type { GeneratedPair } from './generator.js';

/** What an endpoint replied to a prompt. */
export interface Reply {
  /** The message's text; empty where there is none. */
  readonly content: string;
  /** Why the model stopped, as the endpoint calls it: "stop", "length", "content_filter". */
  readonly finish: string;
}

/** The pairs of a reply, or why the whole of it is of no use. */
export type ReadReply = { readonly pairs: readonly GeneratedPair[] } | { readonly problem: string };

const wording = z.object({ question: z.string(), answer: z.string() });

/**
 * Puts the words of a reply to its drafts, in their order; all else about a pair stays the draft's. A draft for which the
 * reply has no item, several, or a broken one is a problem, and never keeps its own words.
 */
export function readReply({ content, finish }: Reply, drafts: readonly Pair[]): ReadReply {
  if (finish === 'content_filter') return { problem: "the endpoint's filter stopped the reply" };
  const items = findItems(content);
  if (items === null) {
    if (finish === 'length') return { problem: 'the reply was cut at the limit of tokens' };
    return { problem: content.trim() === '' ? 'the reply is empty' : 'the reply has no JSON with "pairs"' };
  }
  const byId = new Map<number, unknown[]>();
  for (const item of items) {
    const id = Number(typeof item === 'object' && item !== null && 'id' in item ? item.id : Number.NaN);
    byId.set(id, [...(byId.get(id) ?? []), item]);
  }
  const asked = new Set<string>();
  const pairs = drafts.map((draft, at): GeneratedPair => {
    const [item, ...more] = byId.get(at + 1) ?? [];
    if (item === undefined) return { draft, problem: 'the reply has no item for this draft' };
    if (more.length > 0) return { draft, problem: 'the reply has several items for this draft' };
    const read = wording.safeParse(item);
    if (!read.success) return { draft, problem: "the reply's item has no question and answer" };
    const question = onOneLine(read.data.question);
    const answer = onOneLine(read.data.answer);
    const key = normalizeQuestion(question);
    if (key === '' || answer === '') return { draft, problem: "the reply's question or answer is empty" };
    if (asked.has(key)) return { draft, problem: `the reply asks "${question}" twice` };
    asked.add(key);
    return { pair: { ...draft, question, answer } };
  });
  return { pairs };
}

const onOneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

const document = z.object({ pairs: z.array(z.unknown()) });
const BEGINNING = /\{\s*"pairs"\s*:/g;

/**
 * The items of the last JSON object with "pairs" in a text; null for none. Around it there may be the marks of a code
 * block, and before it what a model thought aloud, with objects that it did not mean yet.
 */
function findItems(text: string): unknown[] | null {
  const from = [...text.matchAll(BEGINNING)].at(-1)?.index;
  const inner = from === undefined ? text : text.slice(from, endOfObject(text, from));
  for (const candidate of [text, inner]) {
    const parsed = document.safeParse(parseJson(candidate));
    if (parsed.success) return parsed.data.pairs;
  }
  return null;
}

/** Where the object that begins at a brace ends, past its last brace; the text's end where it is cut. */
function endOfObject(text: string, from: number): number {
  let depth = 0;
  let isInString = false;
  for (let at = from; at < text.length; at++) {
    const mark = text[at];
    if (isInString) {
      if (mark === '\\') at++;
      else if (mark === '"') isInString = false;
    } else if (mark === '"') isInString = true;
    else if (mark === '{') depth++;
    else if (mark === '}' && --depth === 0) return at + 1;
  }
  return text.length;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
