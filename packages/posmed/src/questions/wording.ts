import { zoneWords } from '../language/zone-language.js';
import type { Place } from '../position/places.js';
import type { Random } from '../random.js';
import { HALF_PLACES, PLACE_TAILS, SIDE_PLACES, TAILS } from './phrasings.js';
import { withArticle } from './vocabulary.js';

/** What a template is filled with. */
export interface Filling {
  /** The name in the number that is spoken of. */
  noun: string;
  many: boolean;
  /** "the polyp", where it is not just that: "the left lung". */
  the?: string;
  /** A word for the picture. */
  image?: string;
  /** The place as a phrase, and as a thing. */
  place?: string;
  spot?: string;
  /** The exact zone of an answer. */
  zone?: string;
  tail?: string;
}

/** Fills a template's gaps in the right number. */
export function fillTemplate(template: string, filling: Filling): string {
  const { noun, many, the = `the ${noun}`, image = 'image' } = filling;
  const values: Record<string, string> = {
    noun,
    the,
    a: many ? `any ${noun}` : withArticle(noun),
    some: many ? noun : withArticle(noun),
    no: `no ${noun}`,
    is: many ? 'are' : 'is',
    does: many ? 'do' : 'does',
    it: many ? 'they' : 'it',
    them: many ? 'them' : 'it',
    s: many ? '' : 's',
    image,
    place: filling.place ?? '',
    spot: filling.spot ?? '',
    zone: filling.zone ?? '',
    tail: filling.tail ?? '',
  };
  return replaceGaps(template, values);
}

/** A place as a phrase ("in the upper left") and as a thing ("the upper left"), in varied words. */
export function placeWords(place: Place, random: Random, image: string): { place: string; spot: string } {
  if (place.kind === 'side') {
    const phrase = replaceGaps(random.pick(SIDE_PLACES), { side: place.side, image });
    return { place: phrase, spot: phrase.replace(/^(?:on|in) /, '') };
  }
  if (place.kind === 'half') {
    const word = random.pick(place.half === 'upper' ? ['upper', 'top'] : ['lower', 'bottom']);
    const phrase = replaceGaps(random.pick(HALF_PLACES), { half: word, image });
    return { place: phrase, spot: phrase.replace(/^in /, '') };
  }
  const spot = `the ${random.pick(zoneWords[place.zone])}${replaceGaps(random.pick(PLACE_TAILS), { image })}`;
  return { place: `${random.chance(0.8) ? 'in' : 'at'} ${spot}`, spot };
}

/** What follows a question, often nothing. */
export function questionTail(random: Random, image: string): string {
  return replaceGaps(random.pick(TAILS), { image });
}

/** Some people write without capitals or marks. */
export function makeCasual(text: string, random: Random, probability: number): string {
  if (!random.chance(probability)) return text;
  const lower = /^[A-Z][a-z]/.test(text) ? text[0]!.toLowerCase() + text.slice(1) : text;
  return random.chance(0.6) ? lower.replace(/[.?]$/, '') : lower;
}

/** {name} becomes its value, {Name} the value with a capital. */
export function replaceGaps(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{([A-Za-z]+)\}/g, (gap, name: string) => {
    const value = values[name] ?? values[name[0]!.toLowerCase() + name.slice(1)];
    if (value === undefined) throw new Error(`template "${template}": nothing fills ${gap}`);
    return values[name] === undefined ? value[0]!.toUpperCase() + value.slice(1) : value;
  });
}
