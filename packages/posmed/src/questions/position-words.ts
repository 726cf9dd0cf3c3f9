import { ZONES, type Zone } from '@prs-med/imaging';
import { zoneWords } from '../language/zone-language.js';
import { turnSide } from '../position/laterality.js';
import type { Half, Laterality, Place, Side } from '../position/places.js';
import type { Random } from '../random.js';

/** How places are spoken of in one sentence. */
export interface PlaceSpeech {
  laterality: Laterality;
  modality: string;
  /** A word for the picture. */
  image: string;
  random: Random;
}

/** A place as a phrase, "in the upper left of the image", and as a thing, "the upper left of the image". */
export interface PlaceWords {
  phrase: string;
  thing: string;
}

/** The share of answers that name a zone by its own name; the rest use other words for it. */
const PLAIN_ZONE_PROBABILITY = 0.6;

/** What names an extended part; the others are corners, "at" which something can be. */
const PARTS = /\b(?:part|area|region|zone|quadrant|portion|side|very)\b/;

/** Modalities whose pictures have the patient's head at the top, so that "superior" is the upper part of the picture. */
const UPRIGHT: ReadonlySet<string> = new Set(['x-ray']);

/** Words for zones without those. */
const PLAIN_ZONE_WORDS = plainWords();

function plainWords(): Record<Zone, readonly string[]> {
  const words = { ...zoneWords };
  for (const zone of ZONES) words[zone] = words[zone].filter((word) => !/superior|inferior/.test(word));
  return words;
}

/** Says whose left and right are meant, always. */
export function placeWords(place: Place, speech: PlaceSpeech): PlaceWords {
  if (place.kind === 'half') return halfWords(place.half, speech);
  if (place.kind === 'side') return sideWords(place.side, speech);
  if (place.zone !== 'center' && speech.laterality === 'patient') {
    return cornerOfPatient(place.zone, speech);
  }
  const { random, image, modality } = speech;
  const words = UPRIGHT.has(modality) ? zoneWords : PLAIN_ZONE_WORDS;
  return inPart(`${random.pick(words[place.zone])} of the ${image}`, random);
}

/** A zone as one of several in a list. */
export function zoneOfList(zone: Zone, speech: PlaceSpeech): string {
  const { image, laterality } = speech;
  return zone === 'center' || laterality === 'image'
    ? `in the ${zone} of the ${image}`
    : zoneInTurn(zone, speech);
}

/** Several zones at once: "in the top-left and the bottom-right of the image". */
export function zonesTogether(zones: readonly Zone[], speech: PlaceSpeech): string {
  if (speech.laterality === 'patient') return joinWords(zones.map((zone) => zoneOfList(zone, speech)));
  return `in ${joinWords(zones.map((zone) => `the ${zone}`))} of the ${speech.image}`;
}

/** "a, b and c". */
export function joinWords(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** A zone in an answer: by its own name more often than not. */
export function zoneOfAnswer(zone: Zone, speech: PlaceSpeech): PlaceWords {
  const { random, image, laterality } = speech;
  if ((laterality === 'patient' && zone !== 'center') || !random.chance(PLAIN_ZONE_PROBABILITY)) {
    return placeWords({ kind: 'zone', zone }, speech);
  }
  const thing = `the ${zone} of the ${image}`;
  return { phrase: `in ${thing}`, thing };
}

/** A corner by the patient's side. In an axial slice up and down are the picture's: they are no ends of the patient. */
function cornerOfPatient(zone: Exclude<Zone, 'center'>, speech: PlaceSpeech): PlaceWords {
  const { random, modality, image } = speech;
  const { isTop, own } = cornerOf(zone);
  const high = random.pick(isTop ? ['upper', 'upper', 'top'] : ['lower', 'lower', 'bottom']);
  const part = random.pick(['part', 'part', 'area', 'region', 'zone']);
  if (UPRIGHT.has(modality)) {
    const whose = random.pick([
      `of the patient's ${own} side`,
      `on the patient's ${own}`,
      `on the patient's ${own} side`,
    ]);
    return inPart(`${high} ${part} ${whose}`, random);
  }
  const short = lastWord(image);
  const end = `the ${isTop ? 'top' : 'bottom'} of the ${short} on the patient's ${own}`;
  const thing = `the ${high} ${part} of the ${short} on the patient's ${own}`;
  return random.pick([
    { phrase: `in ${thing}`, thing },
    { phrase: `at ${end}`, thing: end },
    { phrase: zoneInTurn(zone, speech), thing },
  ]);
}

/** A corner by the patient's side, in an order that keeps each side to its own end where several are named. */
function zoneInTurn(zone: Exclude<Zone, 'center'>, { image }: PlaceSpeech): string {
  const { isTop, own } = cornerOf(zone);
  return `on the patient's ${own} at the ${isTop ? 'top' : 'bottom'} of the ${image}`;
}

function cornerOf(zone: Exclude<Zone, 'center'>): { isTop: boolean; own: Side } {
  const [vertical, side] = zone.split('-') as ['top' | 'bottom', Side];
  return { isTop: vertical === 'top', own: turnSide(side) };
}

/** "slice" for "CT slice": words between "upper" and "left" pull the two apart. */
function lastWord(image: string): string {
  return image.slice(image.lastIndexOf(' ') + 1);
}

function inPart(name: string, random: Random): PlaceWords {
  const thing = `the ${name}`;
  const at = !PARTS.test(name) && random.chance(0.15);
  return { phrase: `${at ? 'at' : 'in'} ${thing}`, thing };
}

function halfWords(half: Half, { random, image }: PlaceSpeech): PlaceWords {
  const word = random.pick(half === 'upper' ? ['upper', 'upper', 'top'] : ['lower', 'lower', 'bottom']);
  const part = word === 'upper' || word === 'lower' ? random.pick(['half', 'half', 'part']) : 'half';
  const thing = `the ${word} ${part} of the ${image}`;
  return { phrase: `in ${thing}`, thing };
}

function sideWords(side: Side, { random, image, laterality }: PlaceSpeech): PlaceWords {
  if (laterality === 'patient') {
    const own = turnSide(side);
    const thing = random.pick([`the patient's ${own} side`, `the patient's ${own}`]);
    return { phrase: `on ${thing}`, thing };
  }
  const [preposition, name] = random.pick([
    ['on', `${side} side of the ${image}`],
    ['on', `${side} side of the ${image}`],
    ['on', `${side}-hand side of the ${image}`],
    ['in', `${side} half of the ${image}`],
    ['on', `${side} of the ${image}`],
  ] as const);
  return { phrase: `${preposition} the ${name}`, thing: `the ${name}` };
}

/** The one of a pair that lies on a side of the picture: "the lung on the left side of the image". */
export function sidedName(name: string, side: Side, { random, image, laterality }: PlaceSpeech): string {
  if (laterality === 'patient') {
    const own = turnSide(side);
    return random.pick([
      `the patient's ${own} ${name}`,
      `the patient's ${own} ${name}`,
      `the ${name} on the patient's ${own} side`,
      `the ${name} on the patient's ${own}`,
    ]);
  }
  return random.pick([
    `the ${name} on the ${side} of the ${image}`,
    `the ${name} on the ${side} side of the ${image}`,
    `the ${name} on the ${side} side of the ${image}`,
    `the ${name} in the ${side} half of the ${image}`,
    `the ${side} ${name} as seen in the ${image}`,
    `the ${side}-hand ${name} in the ${image}`,
    `the ${name} on the ${image}'s ${side} side`,
  ]);
}

const SHORT_ZONES: Readonly<Record<Zone, readonly string[]>> = {
  'top-left': ['top-left', 'top left', 'upper left'],
  'top-right': ['top-right', 'top right', 'upper right'],
  'bottom-left': ['bottom-left', 'bottom left', 'lower left'],
  'bottom-right': ['bottom-right', 'bottom right', 'lower right'],
  center: ['center', 'centre', 'middle'],
};

/** A zone as one of the options of a question that says whose sides are meant, unless they are the patient's. */
export function optionWords(zone: Zone, speech: PlaceSpeech): string {
  if (zone === 'center' || speech.laterality === 'image') return speech.random.pick(SHORT_ZONES[zone]);
  const { isTop, own } = cornerOf(zone);
  return `${isTop ? 'top' : 'bottom'} on the patient's ${own}`;
}

/** Where two things lie that are on these sides of the picture. */
export function sidesOfTwo(sides: readonly Side[], speech: PlaceSpeech): string {
  const { random, image } = speech;
  if (sides.length === 2) {
    return random.pick([`on opposite sides of the ${image}`, `on both sides of the ${image}`]);
  }
  return placeWords({ kind: 'side', side: sides[0]! }, speech).phrase;
}

/** Fits "is it …?": both sides, in any order. */
export function leftOrRight(speech: PlaceSpeech): string {
  const sides = speech.random.chance(0.5) ? (['left', 'right'] as const) : (['right', 'left'] as const);
  const [first, second] = sides.map((side) => placeWords({ kind: 'side', side }, speech).phrase);
  return `${first} or ${second}`;
}

/** Fits "are the two …?". */
export function sameOrOppositeSides({ random, image }: PlaceSpeech): string {
  return random.pick([
    `on the same side of the ${image} or on opposite sides`,
    `on opposite sides of the ${image} or on the same side`,
  ]);
}
