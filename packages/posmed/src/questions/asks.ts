import { ZONES, type Zone } from '@prs-med/imaging';
import type { Asked, PairKind } from '../pair.js';
import { regionsOfPlace, zoneOfRegions, zonesOfPlace } from '../position/find-places.js';
import type { Place } from '../position/places.js';
import type { Random } from '../random.js';
import type { Scene, SceneRegion } from '../scene.js';
import { comparisonsOf, comparisonWords } from './comparisons.js';
import { leftOrRight, optionWords, sameOrOppositeSides, sidesOfTwo } from './position-words.js';
import { shuffle } from './shuffle.js';
import {
  askedPlaceSlots,
  countSlots,
  extentSlots,
  listSlots,
  NO_TARGET,
  namesOfAnswer,
  namesOfQuestion,
  placeSlots,
  regionPositionSlots,
  type Slots,
  sidedSlots,
  suspicionSlots,
  TARGET,
  wholePositionSlots,
  zoneSlots,
  zonesSlots,
} from './slots.js';
import { type Subject, zonesToName } from './subject.js';
import { type Noun, targetWords } from './vocabulary.js';

/** What is needed to put one of the two sentences of a pair in words. */
export interface SentencePlan {
  nouns: readonly Noun[];
  many: boolean;
  slots: Slots;
}

/** A question that a picture allows, before it is put in words. */
export interface Ask {
  kind: PairKind;
  /** The kind whose answers go with it. */
  answers: PairKind;
  target: string;
  asked: Asked;
  truth: readonly string[];
  question: SentencePlan;
  answer: SentencePlan;
}

const WHOLE: Asked = { zones: [], side: null, all: true };
const PART: Asked = { zones: [], side: null, all: false };

const LOOSE_NAME_PROBABILITY = 0.3;
const PLURAL_PROBABILITY = 0.7;
/** Of questions for a place where nothing is, those in the plural where the picture shows several elsewhere. */
const ABSENT_PLURAL_PROBABILITY = 0.35;
/** Of questions about paired organs that are not there, those about the one of a side. */
const ABSENT_SIDE_PROBABILITY = 0.5;
/** Of questions about two, those whether they are on both sides. */
const TWO_SIDES_PROBABILITY = 0.25;

/** The largest region has at least this many times the pixels of the next. */
const LARGEST_RATIO = 1.5;
/** A wrong option of a multiple choice holds at most this share of the target. */
const WRONG_OPTION_SHARE = 0.3;
const MOST_OPTIONS = 4;
const LETTERS = ['A', 'B', 'C', 'D'];

type Maker = (subject: Subject, random: Random) => Ask | null;

/** Asks a question of a kind about a target; null where the picture does not allow it. */
export const ASKS: Readonly<Record<Exclude<PairKind, 'absent-target'>, Maker>> = {
  where: wholeMaker('where'),
  'which-region': wholeMaker('which-region'),
  'yes-and-where': wholeMaker('yes-and-where'),
  quadrant: (subject, random) =>
    subject.quadrant && askPlaceOf('quadrant', subject, { kind: 'zone', zone: subject.quadrant }, random),
  side: (subject, random) =>
    subject.side && askPlaceOf('side', subject, { kind: 'side', side: subject.side }, random),
  'upper-or-lower': (subject, random) =>
    subject.half && askPlaceOf('upper-or-lower', subject, { kind: 'half', half: subject.half }, random),
  describe: askDescription,
  pinpoint: wholeMaker('pinpoint'),
  precise: wholeMaker('precise'),
  approximate: wholeMaker('approximate'),
  abnormal: askAbnormal,
  segment: wholeMaker('segment'),
  'refer-zone': askZone,
  'refer-side': askSide,
  'refer-largest': askLargest,
  'refer-all': askAll,
  count: askCount,
  relation: (subject, random) =>
    random.chance(TWO_SIDES_PROBABILITY) ? askTwoSides(subject, random) : askComparison(subject, random),
  'multiple-choice': askChoice,
  'absent-zone': askAbsentZone,
};

/** The target's names in a question and in its answer. */
interface Names {
  asked: readonly Noun[];
  answered: readonly Noun[];
}

function namesFor({ words, isOnlyFinding }: Subject, random: Random): Names {
  const isLoose = words.loose.length > 0 && isOnlyFinding && random.chance(LOOSE_NAME_PROBABILITY);
  return { asked: isLoose ? words.loose : words.exact, answered: words.exact };
}

/** Names under which several regions can be told apart. */
function countedNamesFor(subject: Subject, random: Random): Names {
  const { counted, exact } = subject.words;
  return counted === exact ? namesFor(subject, random) : { asked: counted, answered: counted };
}

/** Asks about all of a target, answered by its zone; answered no where it is empty. */
function askWhole(kind: PairKind, subject: Subject, random: Random): Ask {
  const { scene, words, target, isMany } = subject;
  if (subject.zone === null) return askAbsent(kind, target.target, scene, random);
  const names = namesFor(subject, random);
  return {
    kind,
    answers: kind,
    target: target.target,
    asked: WHOLE,
    truth: [target.id],
    question: {
      nouns: names.asked,
      many: isMany && (words.paired || random.chance(PLURAL_PROBABILITY)),
      slots: namesOfQuestion(words),
    },
    answer: {
      nouns: names.answered,
      many: isMany,
      slots: { ...namesOfAnswer(words), ...wholePositionSlots(subject), ...extentSlots(subject) },
    },
  };
}

function wholeMaker(kind: PairKind): Maker {
  return (subject, random) => askWhole(kind, subject, random);
}

/** Asks for the quadrant, side or half that all of a target lies in without doubt. */
function askPlaceOf(kind: PairKind, subject: Subject, place: Place, random: Random): Ask {
  const { question, answer, ...rest } = askWhole(kind, subject, random);
  return {
    ...rest,
    question: {
      ...question,
      slots: { ...question.slots, 'left or right': (voice) => ({ text: leftOrRight(voice) }) },
    },
    answer: { ...answer, slots: { ...TARGET, ...placeSlots(place) } },
  };
}

/** Asks for position and extent, and tells the number where it is sure. */
function askDescription(subject: Subject, random: Random): Ask {
  const ask = askWhole('describe', subject, random);
  if (subject.zone === null) return ask;
  const { counted } = subject.words;
  const slots = { ...ask.answer.slots, ...countSlots(subject), ...listSlots(subject) };
  return { ...ask, answer: { ...ask.answer, nouns: counted, slots } };
}

/** Asks for something suspicious, without its name. */
function askAbnormal(subject: Subject, random: Random): Ask | null {
  const { words } = subject;
  if (words.suspicions.length === 0) return null;
  const ask = askWhole('abnormal', subject, random);
  return { ...ask, question: { ...ask.question, slots: suspicionSlots(words) } };
}

/** Asks for what is in a zone or a half, or on a side. */
function askZone(subject: Subject, random: Random): Ask | null {
  const { scene, rule, target, words, places, clear } = subject;
  const candidates = words.paired ? places.zones : [...places.zones, ...places.sides];
  if (candidates.length === 0) return null;
  const place = random.pick(candidates);
  const regions = regionsOfPlace(scene, target, place);
  const inPlace = clear.filter((region) => regions.includes(region));
  const many = !words.unique && inPlace.length > 1;
  const zone = zoneOfRegions(scene, regions, rule)!;
  // Several regions of a half or a side can, as one, lie in a zone that not each lies in; then the place is named.
  const isZoneSure = inPlace.every((region) => region.zone === zone);
  const names = namesFor(subject, random);
  return {
    kind: 'refer-zone',
    answers: 'refer-zone',
    target: target.target,
    asked: askedOf(place),
    truth: truthOf(subject, regions),
    question: {
      nouns: names.asked,
      many: many && random.chance(PLURAL_PROBABILITY),
      slots: { ...namesOfQuestion(words), ...suspicionSlots(words), ...askedPlaceSlots(place) },
    },
    answer: {
      nouns: names.answered,
      many,
      slots: { ...namesOfAnswer(words), ...(isZoneSure ? zoneSlots(zone) : placeSlots(place)) },
    },
  };
}

/** Asks for the left or the right of a pair. */
function askSide(subject: Subject, random: Random): Ask | null {
  const { scene, rule, target, words, places, clear } = subject;
  if (!words.paired || places.sides.length < 2) return null;
  const place = random.pick(places.sides);
  if (place.kind !== 'side') return null;
  const regions = regionsOfPlace(scene, target, place);
  const zones = zonesToName(
    zoneOfRegions(scene, regions, rule),
    clear.filter((region) => regions.includes(region)),
  );
  const sided = sidedSlots(place.side);
  return {
    kind: 'refer-side',
    answers: 'refer-side',
    target: target.target,
    asked: askedOf(place),
    truth: truthOf(subject, regions),
    question: { nouns: words.exact, many: false, slots: sided },
    answer: {
      nouns: words.exact,
      many: false,
      slots: { ...sided, ...zonesSlots(zones) },
    },
  };
}

/** Asks for the largest of several. */
function askLargest(subject: Subject, random: Random): Ask | null {
  const { target, words, clear } = subject;
  if (clear.length < 2 || words.unique || !isTrulyPaired(subject)) return null;
  const [largest, second] = [...clear].sort((a, b) => b.area - a.area) as [SceneRegion, SceneRegion];
  if (largest.area < LARGEST_RATIO * second.area) return null;
  const isOfTwo = clear.length === 2;
  const word = random.pick(isOfTwo ? ['larger', 'larger', 'bigger'] : ['largest', 'largest', 'biggest']);
  const slots: Slots = { ...TARGET, largest: () => ({ text: word }) };
  const names = countedNamesFor(subject, random);
  return {
    kind: 'refer-largest',
    answers: 'refer-largest',
    target: target.target,
    asked: PART,
    truth: [largest.id],
    question: { nouns: names.asked, many: false, slots },
    answer: { nouns: names.answered, many: false, slots: { ...slots, ...regionPositionSlots(largest) } },
  };
}

/** Asks for all of several. */
function askAll(subject: Subject, random: Random): Ask | null {
  const { target, words, clear, zone, isMany, isOnBothSides } = subject;
  if (clear.length < 2 || !isMany) return null;
  // The two of a pair that are said to be in one quadrant would be in doubt.
  if (words.paired && !(isOnBothSides && zone === 'center')) return null;
  const isOfTwo = words.paired || clear.length === 2;
  const word = isOfTwo ? 'both' : random.pick(['all', 'all the', 'all of the']);
  const slots: Slots = { ...TARGET, all: () => ({ text: word }) };
  const names = countedNamesFor(subject, random);
  return {
    kind: 'refer-all',
    answers: 'refer-all',
    target: target.target,
    asked: WHOLE,
    truth: [target.id],
    question: { nouns: names.asked, many: true, slots },
    answer: {
      nouns: names.answered,
      many: true,
      slots: { ...slots, ...countSlots(subject), ...listSlots(subject), ...wholePositionSlots(subject) },
    },
  };
}

/** Asks how many there are, where that is sure. */
function askCount(subject: Subject, random: Random): Ask | null {
  const { scene, target, words, clear, zone } = subject;
  if (words.unique) return null;
  const names = countedNamesFor(subject, random);
  const question: SentencePlan = { nouns: names.asked, many: true, slots: TARGET };
  if (zone === null) return { ...askAbsent('count', target.target, scene, random), question };
  const slots = countSlots(subject);
  if (!slots.count) return null;
  const places = clear.length === 1 ? wholePositionSlots(subject) : listSlots(subject);
  return {
    kind: 'count',
    answers: 'count',
    target: target.target,
    asked: WHOLE,
    truth: [target.id],
    question,
    answer: { nouns: names.answered, many: clear.length > 1, slots: { ...TARGET, ...slots, ...places } },
  };
}

/** Whether the regions of a paired organ are its left and its right one; true for all that is not paired. */
function isTrulyPaired({ words, clear, isOnBothSides }: Subject): boolean {
  return !words.paired || (isOnBothSides && clear.length === 2);
}

/** The two regions of a target that has no others. */
function twoRegions(subject: Subject): [SceneRegion, SceneRegion] | null {
  const { target, words, clear } = subject;
  const isSure = clear.length === 2 && target.regions.length === 2 && !words.unique && isTrulyPaired(subject);
  return isSure ? [clear[0]!, clear[1]!] : null;
}

/** Asks whether two lie on both sides. */
function askTwoSides(subject: Subject, random: Random): Ask | null {
  const { target, words, places } = subject;
  if (!twoRegions(subject) || words.paired || places.sides.length === 0) return null;
  const sides = places.sides.flatMap((place) => (place.kind === 'side' ? [place.side] : []));
  const names = countedNamesFor(subject, random);
  return {
    kind: 'relation',
    answers: 'relation',
    target: target.target,
    asked: WHOLE,
    truth: [target.id],
    question: {
      nouns: names.asked,
      many: true,
      slots: { ...TARGET, 'same or opposite sides': (voice) => ({ text: sameOrOppositeSides(voice) }) },
    },
    answer: {
      nouns: names.answered,
      many: true,
      slots: { ...TARGET, sides: (voice) => ({ text: sidesOfTwo(sides, voice) }) },
    },
  };
}

/** Asks which of two is larger, smaller, or further to one side, up or down; their zones tell them apart. */
function askComparison(subject: Subject, random: Random): Ask | null {
  const two = twoRegions(subject);
  if (!two || two[0].zone === two[1].zone) return null;
  const comparisons = comparisonsOf(...two);
  if (comparisons.length === 0) return null;
  const { comparison, region } = random.pick(comparisons);
  const slots: Slots = { ...TARGET, comparison: (voice) => ({ text: comparisonWords(comparison, voice) }) };
  const names = countedNamesFor(subject, random);
  return {
    kind: 'relation',
    answers: 'relation',
    target: subject.target.target,
    asked: PART,
    truth: [region.id],
    question: { nouns: names.asked, many: false, slots },
    answer: { nouns: names.answered, many: false, slots: { ...slots, ...zoneSlots(region.zone) } },
  };
}

/** Offers zones, one of which is right. */
function askChoice(subject: Subject, random: Random): Ask | null {
  const { words, zone, isZoneSure, isSpread } = subject;
  if (zone === null || !isZoneSure || (isSpread && !words.paired)) return null;
  const wrong = ZONES.filter((other) => other !== zone && isSurelyNot(other, subject));
  if (wrong.length < 2) return null;
  const offered = shuffle<Zone>([zone, ...shuffle(wrong, random).slice(0, MOST_OPTIONS - 1)], random);
  const letter = LETTERS[offered.indexOf(zone)]!;
  const isWrapped = random.chance(0.3);
  const ask = askWhole('multiple-choice', subject, random);
  return {
    ...ask,
    question: {
      ...ask.question,
      slots: {
        ...TARGET,
        options: (voice) => {
          const options = offered.map((option, at) => {
            const label = isWrapped ? `(${LETTERS[at]})` : `${LETTERS[at]})`;
            return `${label} ${optionWords(option, voice)}`;
          });
          return { text: `${options.slice(0, -1).join(', ')} or ${options.at(-1)}` };
        },
      },
    },
    answer: {
      ...ask.answer,
      slots: { ...TARGET, ...zoneSlots(zone), letter: () => ({ text: letter }) },
    },
  };
}

function isSurelyNot(zone: Zone, { target }: Subject): boolean {
  return zone === 'center' ? !target.nearCenter : target.quarters[zone] <= WRONG_OPTION_SHARE;
}

/** Asks for what is in a place where nothing is. */
function askAbsentZone(subject: Subject, random: Random): Ask | null {
  const { target, words, places, isMany, isSpread } = subject;
  const empty = words.paired ? places.emptyZones : [...places.emptyZones, ...places.emptySides];
  // Lungs on both sides of the center have it for their zone, and none of them there.
  const candidates = empty.filter((place) => place.kind !== 'zone' || place.zone !== subject.zone);
  if (candidates.length === 0) return null;
  const place = random.pick(candidates);
  const { position } = wholePositionSlots(subject);
  const names = namesFor(subject, random);
  return {
    kind: 'absent-zone',
    answers: 'absent-zone',
    target: target.target,
    asked: askedOf(place),
    truth: [],
    question: {
      nouns: names.asked,
      many: isMany && !words.paired && random.chance(ABSENT_PLURAL_PROBABILITY),
      slots: { ...namesOfQuestion(words), ...suspicionSlots(words), ...askedPlaceSlots(place) },
    },
    answer: {
      nouns: names.answered,
      many: isMany,
      slots: { ...NO_TARGET, ...askedPlaceSlots(place), ...(isSpread ? {} : { elsewhere: position! }) },
    },
  };
}

/** Asks about a target that is not there, as such or in a question of another kind. */
export function askAbsent(kind: PairKind, target: string, scene: Scene, random: Random): Ask {
  const words = targetWords(target, scene.modality);
  const ask = { kind, answers: 'absent-target', target, truth: [] } as const;
  if (kind === 'absent-target' && words.paired && random.chance(ABSENT_SIDE_PROBABILITY)) {
    const side = random.pick(['left', 'right'] as const);
    return {
      ...ask,
      asked: askedOf({ kind: 'side', side }),
      question: { nouns: words.exact, many: false, slots: sidedSlots(side) },
      answer: { nouns: words.exact, many: false, slots: NO_TARGET },
    };
  }
  return {
    ...ask,
    asked: WHOLE,
    question: { nouns: words.exact, many: words.paired, slots: namesOfQuestion(words) },
    answer: { nouns: words.exact, many: words.paired, slots: NO_TARGET },
  };
}

function askedOf(place: Place): Asked {
  return { zones: zonesOfPlace(place), side: place.kind === 'side' ? place.side : null, all: false };
}

/** All regions are the target itself. */
function truthOf({ target }: Subject, regions: readonly SceneRegion[]): readonly string[] {
  return regions.length === target.regions.length ? [target.id] : regions.map(({ id }) => id);
}
