import type { Zone } from '@prs-med/imaging';
import type { Asked, PairKind } from '../pair.js';
import { regionsOfPlace, zoneOfRegions, zonesOfPlace } from '../position/find-places.js';
import type { Place, Side } from '../position/places.js';
import type { Random } from '../random.js';
import type { SceneRegion } from '../scene.js';
import { comparisonsOf, comparisonWords } from './comparisons.js';
import {
  optionWords,
  type PlaceSpeech,
  placeWords,
  sidedName,
  sidesOfTwo,
  zoneOfAnswer,
  zoneOfList,
} from './position-words.js';
import { shuffle } from './shuffle.js';
import type { Subject } from './subject.js';
import type { SlotValue } from './template-text.js';
import { type Noun, type TargetWords, targetWords, withArticle } from './vocabulary.js';

/** A sentence's words for the picture and for the target, in its number. */
export interface Voice extends PlaceSpeech {
  noun: string;
  /** The name in the plural, whatever the number. */
  plural: string;
  many: boolean;
}

/** Values of slots, made when a template needs them. A template with a slot that is not here does not fit. */
export type Slots = Readonly<Record<string, (voice: Voice, isLast: boolean) => SlotValue>>;

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
const CENTER_REMARK_PROBABILITY = 0.5;
const BOTH_SIDES_PROBABILITY = 0.5;
/** Of questions about paired organs that are not there, those about the one of a side. */
const ABSENT_SIDE_PROBABILITY = 0.5;

/** The largest region has at least this many times the pixels of the next. */
const LARGEST_RATIO = 1.5;
const MOST_COUNTED = 10;
const MOST_LISTED = 4;
/** A wrong option of a multiple choice holds at most this share of the target. */
const WRONG_OPTION_SHARE = 0.3;
const MOST_OPTIONS = 4;

const NUMBERS = 'no one two three four five six seven eight nine ten'.split(' ');
const LETTERS = 'ABCDE';

type Maker = (subject: Subject, random: Random) => Ask | null;

/** Asks a question of a kind about a target; null where the picture does not allow it. */
export const ASKS: Readonly<Record<Exclude<PairKind, 'absent-target'>, Maker>> = {
  where: askWhole('where'),
  'which-region': askWhole('which-region'),
  'yes-and-where': askWhole('yes-and-where'),
  describe: askDescription,
  pinpoint: askWhole('pinpoint'),
  precise: askWhole('precise'),
  approximate: askWhole('approximate'),
  abnormal: askAbnormal,
  quadrant: (subject, random) =>
    subject.quadrant && askOfPlace('quadrant', subject, { kind: 'zone', zone: subject.quadrant }, random),
  side: (subject, random) =>
    subject.side && askOfPlace('side', subject, { kind: 'side', side: subject.side }, random),
  'upper-or-lower': (subject, random) =>
    subject.half && askOfPlace('upper-or-lower', subject, { kind: 'half', half: subject.half }, random),
  segment: askWhole('segment'),
  'refer-zone': askZone,
  'refer-side': askSide,
  'refer-largest': askLargest,
  'refer-all': askAll,
  count: askCount,
  relation: askRelation,
  'multiple-choice': askChoice,
  'absent-zone': askAbsentZone,
};

/** Asks about all of a target. */
function askWhole(kind: PairKind): Maker {
  return (subject, random) => {
    const { words, target, isMany } = subject;
    if (subject.zone === null) return askAbsent(kind, target.target, random);
    return {
      kind,
      answers: kind,
      target: target.target,
      asked: WHOLE,
      truth: [target.id],
      question: {
        nouns: questionNouns(words, random),
        many: asksMany(subject, random),
        slots: questionNames(words),
      },
      answer: {
        nouns: words.exact,
        many: isMany,
        slots: { ...answerNames(words), ...positionOfWhole(subject), ...extentSlots(subject) },
      },
    };
  };
}

const askPlainWhole = askWhole('where');

/** Asks about all of a target, which lies in a place without doubt. */
function askOfPlace(kind: PairKind, subject: Subject, place: Place, random: Random): Ask | null {
  const whole = askPlainWhole(subject, random)!;
  const slots = placeSlots(place, (voice) =>
    place.kind === 'zone' ? zoneOfAnswer(place.zone, voice) : placeWords(place, voice),
  );
  return {
    ...whole,
    kind,
    answers: kind,
    question: { ...whole.question, slots: { ...whole.question.slots, 'left or right': leftOrRight } },
    answer: { ...whole.answer, slots: { ...slots, 'the target': theTarget } },
  };
}

function leftOrRight(voice: Voice): SlotValue {
  const sides = shuffle(['left', 'right'] as const, voice.random);
  return { text: sides.map((side) => placeWords({ kind: 'side', side }, voice).phrase).join(' or ') };
}

function askDescription(subject: Subject, random: Random): Ask | null {
  const whole = askPlainWhole(subject, random)!;
  if (subject.zone === null) return { ...whole, kind: 'describe' };
  const { words } = subject;
  const answer = { ...whole.answer, nouns: words.paired ? words.exact : words.counted };
  answer.slots = { ...answer.slots, ...countSlots(subject), ...listSlots(subject) };
  return { ...whole, kind: 'describe', answers: 'describe', answer };
}

/** Asks for something suspicious, without its name. */
function askAbnormal(subject: Subject, random: Random): Ask | null {
  const { words } = subject;
  if (words.suspicions.length === 0) return null;
  const whole = askPlainWhole(subject, random)!;
  return {
    ...whole,
    kind: 'abnormal',
    answers: subject.zone === null ? 'absent-target' : 'abnormal',
    question: { ...whole.question, slots: suspicionSlots(words) },
  };
}

/** Asks for what is in a zone or a half, or on a side. */
function askZone(subject: Subject, random: Random): Ask | null {
  const { scene, target, words, places } = subject;
  const candidates = words.paired ? places.zones : [...places.zones, ...places.sides];
  if (candidates.length === 0) return null;
  const place = random.pick(candidates);
  const regions = regionsOfPlace(scene, target, place);
  const count = subject.clear.filter((region) => regions.includes(region)).length;
  const many = count > 1 && !words.unique;
  const zone = zoneOfRegions(scene, regions)!;
  // On a side there can be regions whose box as a whole reaches into the center; the side is still right.
  const isNamed = place.kind !== 'side' || zone.endsWith(place.side);
  const slots = isNamed
    ? placeSlots({ kind: 'zone', zone }, (voice) => zoneOfAnswer(zone, voice))
    : placeSlots(place, (voice) => placeWords(place, voice));
  return {
    kind: 'refer-zone',
    answers: 'refer-zone',
    target: target.target,
    asked: askedOf(place),
    truth: truthOf(subject, regions),
    question: {
      nouns: questionNouns(words, random),
      many: many && random.chance(PLURAL_PROBABILITY),
      slots: {
        ...questionNames(words),
        ...suspicionSlots(words),
        ...placeSlots(place, (voice) => placeWords(place, voice)),
      },
    },
    answer: { nouns: words.exact, many, slots: { ...answerNames(words), ...slots } },
  };
}

/** Asks for the left or the right of a pair. */
function askSide(subject: Subject, random: Random): Ask | null {
  const { scene, target, words, places } = subject;
  if (!words.paired || places.sides.length < 2) return null;
  const place = random.pick(places.sides);
  if (place.kind !== 'side') return null;
  const regions = regionsOfPlace(scene, target, place);
  const zone = zoneOfRegions(scene, regions)!;
  const the = sidedSlots(place.side);
  return {
    kind: 'refer-side',
    answers: 'refer-side',
    target: target.target,
    asked: { zones: [], side: place.side, all: false },
    truth: truthOf(subject, regions),
    question: { nouns: words.exact, many: false, slots: the },
    answer: {
      nouns: words.exact,
      many: false,
      slots: { ...the, ...placeSlots({ kind: 'zone', zone }, (voice) => zoneOfAnswer(zone, voice)) },
    },
  };
}

/** Asks for the largest of several. */
function askLargest(subject: Subject, random: Random): Ask | null {
  const { target, words, clear } = subject;
  if (clear.length < 2 || words.unique) return null;
  const [largest, second] = [...clear].sort((a, b) => b.area - a.area) as [SceneRegion, SceneRegion];
  if (largest.area < LARGEST_RATIO * second.area) return null;
  const word = random.pick(
    clear.length === 2 ? ['larger', 'larger', 'bigger'] : ['largest', 'largest', 'biggest'],
  );
  const slots: Slots = { largest: () => ({ text: word }) };
  return {
    kind: 'refer-largest',
    answers: 'refer-largest',
    target: target.target,
    asked: PART,
    truth: [largest.id],
    question: { nouns: words.counted, many: false, slots },
    answer: { nouns: words.counted, many: false, slots: { ...slots, ...positionOfRegion(largest) } },
  };
}

/** Asks for all of several. */
function askAll(subject: Subject, random: Random): Ask | null {
  const { target, words, clear, isMany, onBothSides } = subject;
  if (clear.length < 2 || !isMany) return null;
  const isPair = words.paired ? onBothSides : clear.length === 2;
  if (words.paired && !isPair) return null;
  const word = isPair ? 'both' : random.pick(['all', 'all the', 'all of the']);
  const all = () => ({ text: word });
  return {
    kind: 'refer-all',
    answers: 'refer-all',
    target: target.target,
    asked: WHOLE,
    truth: [target.id],
    question: { nouns: countedNouns(words, random), many: true, slots: { all } },
    answer: {
      nouns: words.counted,
      many: true,
      slots: { all, ...countSlots(subject), ...listSlots(subject), ...positionOfWhole(subject) },
    },
  };
}

/** Asks how many there are, where every region is clear. */
function askCount(subject: Subject, random: Random): Ask | null {
  const { target, words, clear, zone } = subject;
  if (words.unique) return null;
  const nouns = countedNouns(words, random);
  if (zone === null) {
    const none = askAbsent('count', target.target, random);
    return { ...none, question: { nouns, many: true, slots: {} } };
  }
  const slots = countSlots(subject);
  if (!slots.count) return null;
  return {
    kind: 'count',
    answers: 'count',
    target: target.target,
    asked: WHOLE,
    truth: [target.id],
    question: { nouns, many: true, slots: {} },
    answer: {
      nouns: words.counted,
      many: clear.length > 1,
      slots: {
        ...slots,
        ...listSlots(subject),
        ...(clear.length === 1 ? positionOfWhole(subject) : {}),
      },
    },
  };
}

/** Asks which of two is larger or lies further to one side, or whether they lie on both sides. */
function askRelation(subject: Subject, random: Random): Ask | null {
  const { target, words, clear } = subject;
  if (clear.length !== 2 || target.regions.length !== 2 || words.unique) return null;
  return random.chance(0.25) ? askTwoSides(subject, random) : askComparison(subject, random);
}

function askTwoSides(subject: Subject, random: Random): Ask | null {
  const { target, words, places } = subject;
  if (words.paired || places.sides.length === 0) return null;
  const sides = places.sides.flatMap((place) => (place.kind === 'side' ? [place.side] : []));
  return {
    kind: 'relation',
    answers: 'relation',
    target: target.target,
    asked: WHOLE,
    truth: [target.id],
    question: {
      nouns: countedNouns(words, random),
      many: true,
      slots: { 'same or opposite sides': ({ image }) => ({ text: sameOrOpposite(image, random) }) },
    },
    answer: {
      nouns: words.counted,
      many: true,
      slots: { sides: (voice) => ({ text: sidesOfTwo(sides, voice) }) },
    },
  };
}

function sameOrOpposite(image: string, random: Random): string {
  return random.pick([
    `on the same side of the ${image} or on opposite sides`,
    `on one side of the ${image} or on both sides`,
    `on opposite sides of the ${image} or on the same side`,
  ]);
}

function askComparison(subject: Subject, random: Random): Ask | null {
  const { target, words, clear } = subject;
  const [one, other] = clear as [SceneRegion, SceneRegion];
  if (one.zone === other.zone) return null;
  const comparisons = comparisonsOf(one, other);
  if (comparisons.length === 0) return null;
  const { comparison, region } = random.pick(comparisons);
  const slots: Slots = { comparison: (voice) => ({ text: comparisonWords(comparison, voice) }) };
  return {
    kind: 'relation',
    answers: 'relation',
    target: target.target,
    asked: PART,
    truth: [region.id],
    question: { nouns: countedNouns(words, random), many: true, slots },
    answer: {
      nouns: words.counted,
      many: false,
      slots: {
        ...slots,
        ...placeSlots({ kind: 'zone', zone: region.zone }, (voice) => zoneOfAnswer(region.zone, voice)),
      },
    },
  };
}

/** Offers zones, one of which is right. */
function askChoice(subject: Subject, random: Random): Ask | null {
  const { target, words, zone, isSpread } = subject;
  if (zone === null || (isSpread && !words.paired)) return null;
  const wrong = (['top-left', 'top-right', 'bottom-left', 'bottom-right', 'center'] as const).filter(
    (other) => {
      if (other === zone) return false;
      return other === 'center' ? !target.nearCenter : target.quarters[other] <= WRONG_OPTION_SHARE;
    },
  );
  if (wrong.length < 2) return null;
  const options: Zone[] = [zone, ...shuffle(wrong, random).slice(0, MOST_OPTIONS - 1)];
  const shuffled = shuffle(options, random);
  const letter = LETTERS[shuffled.indexOf(zone)]!;
  const wrapped = random.chance(0.3);
  const label = (name: string) => (wrapped ? `(${name})` : `${name})`);
  const whole = askPlainWhole(subject, random)!;
  return {
    ...whole,
    kind: 'multiple-choice',
    answers: 'multiple-choice',
    question: {
      ...whole.question,
      slots: {
        'the target': theTarget,
        options: (voice) => {
          const offers = shuffled.map((option, at) => `${label(LETTERS[at]!)} ${optionWords(option, voice)}`);
          return { text: `${offers.slice(0, -1).join(', ')} or ${offers.at(-1)}` };
        },
      },
    },
    answer: {
      ...whole.answer,
      slots: {
        ...placeSlots({ kind: 'zone', zone }, (voice) => zoneOfAnswer(zone, voice)),
        'the target': theTarget,
        letter: () => ({ text: letter }),
      },
    },
  };
}

/** Asks for what is in a place where nothing is. */
function askAbsentZone(subject: Subject, random: Random): Ask | null {
  const { target, words, places, isMany } = subject;
  const candidates = words.paired ? places.emptyZones : [...places.emptyZones, ...places.emptySides];
  if (candidates.length === 0) return null;
  const place = random.pick(candidates);
  const many = isMany && !words.paired && random.chance(PLURAL_PROBABILITY);
  const { position } = positionOfWhole(subject);
  return {
    kind: 'absent-zone',
    answers: 'absent-zone',
    target: target.target,
    asked: askedOf(place),
    truth: [],
    question: {
      nouns: questionNouns(words, random),
      many: many && random.chance(0.5),
      slots: {
        ...questionNames(words),
        ...suspicionSlots(words),
        ...placeSlots(place, (voice) => placeWords(place, voice)),
      },
    },
    answer: {
      nouns: words.exact,
      many: isMany,
      slots: {
        'the target': theTarget,
        'no target': noTarget,
        ...deniedSlots(place),
        ...(subject.isSpread ? {} : { elsewhere: position! }),
      },
    },
  };
}

/** Asks about a target that is not there, as such or as a question of another kind. */
export function askAbsent(kind: PairKind, target: string, random: Random): Ask {
  const words = targetWords(target);
  const answer: SentencePlan = {
    nouns: words.exact,
    many: false,
    slots: { 'no target': noTarget, ...answerNames(words) },
  };
  if (kind === 'absent-target' && words.paired && random.chance(ABSENT_SIDE_PROBABILITY)) {
    const side = random.pick(['left', 'right'] as const);
    return {
      kind,
      answers: 'absent-target',
      target,
      asked: { zones: [], side, all: false },
      truth: [],
      question: { nouns: words.exact, many: false, slots: sidedSlots(side) },
      answer,
    };
  }
  return {
    kind,
    answers: 'absent-target',
    target,
    asked: WHOLE,
    truth: [],
    question: { nouns: questionNouns(words, random), many: words.paired, slots: questionNames(words) },
    answer: { ...answer, many: words.paired && random.chance(0.5) },
  };
}

function questionNouns(words: TargetWords, random: Random): readonly Noun[] {
  return words.loose.length > 0 && random.chance(LOOSE_NAME_PROBABILITY) ? words.loose : words.exact;
}

function countedNouns(words: TargetWords, random: Random): readonly Noun[] {
  return words.counted === words.exact ? questionNouns(words, random) : words.counted;
}

function asksMany({ isMany, words }: Subject, random: Random): boolean {
  return isMany && (words.paired || random.chance(PLURAL_PROBABILITY));
}

function askedOf(place: Place): Asked {
  return { zones: zonesOfPlace(place), side: place.kind === 'side' ? place.side : null, all: false };
}

function truthOf({ target }: Subject, regions: readonly SceneRegion[]): readonly string[] {
  return regions.length === target.regions.length ? [target.id] : regions.map(({ id }) => id);
}

const theTarget = ({ noun }: Voice): SlotValue => ({ text: `the ${noun}` });

/** "the polyp"; "a polyp" or "any polyps", but not for what there is only one of. */
function questionNames({ unique, paired }: TargetWords): Slots {
  if (unique) return { 'the target': theTarget };
  return {
    'the target': theTarget,
    'a target': ({ noun, many }) => ({ text: many ? (paired ? noun : `any ${noun}`) : withArticle(noun) }),
  };
}

/** What a finding is called before it is known, in the singular. */
function suspicionSlots({ suspicions }: TargetWords): Slots {
  if (suspicions.length === 0) return {};
  return { 'a suspicion': ({ random }) => ({ text: withArticle(random.pick(suspicions)) }) };
}

/** "the polyp"; "a polyp" or "polyps", but not for organs, which are known to be there; "no polyp". */
function answerNames({ finding }: TargetWords): Slots {
  if (!finding) return { 'the target': theTarget };
  return {
    'the target': theTarget,
    'a target': ({ noun, many }) => ({ text: many ? noun : withArticle(noun) }),
  };
}

const noTarget = ({ noun }: Voice): SlotValue => ({ text: `no ${noun}` });

function sidedSlots(side: Side): Slots {
  return { 'the sided target': (voice) => ({ text: sidedName(voice.noun, side, voice) }) };
}

function placeSlots(place: Place, words: (voice: Voice) => { phrase: string; thing: string }): Slots {
  const zones = place.kind === 'zone' ? [place.zone] : [];
  return {
    position: (voice) => ({ text: words(voice).phrase, zones }),
    'the position': (voice) => ({ text: words(voice).thing, zones }),
  };
}

/** A place that is said not to hold what was asked for. */
function deniedSlots(place: Place): Slots {
  return {
    position: (voice) => ({ text: placeWords(place, voice).phrase }),
    'the position': (voice) => ({ text: placeWords(place, voice).thing }),
  };
}

/** Where all of a target is; as a thing only where it is not spread around the center. */
function positionOfWhole(subject: Subject): Slots {
  const zone = subject.zone!;
  const zones = [zone];
  const slots = placeSlots({ kind: 'zone', zone }, (voice) => zoneOfAnswer(zone, voice));
  if (zone === 'center') {
    const { isSpread, onBothSides, words } = subject;
    if (!isSpread && !(words.paired && onBothSides)) return slots;
    return {
      position: (voice) => {
        const { random, image } = voice;
        const both = onBothSides && random.chance(BOTH_SIDES_PROBABILITY);
        if (!both && !isSpread) return slots.position!(voice, false);
        return { text: `${both ? 'on both sides of' : 'around'} the center of the ${image}`, zones };
      },
    };
  }
  return subject.nearCenter ? withCenterRemark(slots) : slots;
}

function positionOfRegion(region: SceneRegion): Slots {
  const { zone } = region;
  const slots = placeSlots({ kind: 'zone', zone }, (voice) => zoneOfAnswer(zone, voice));
  return zone !== 'center' && region.nearCenter ? withCenterRemark(slots) : slots;
}

function withCenterRemark(slots: Slots): Slots {
  return {
    ...slots,
    position: (voice, isLast) => {
      const value = slots.position!(voice, isLast);
      if (!isLast || !voice.random.chance(CENTER_REMARK_PROBABILITY)) return value;
      const remark = voice.random.pick(['close to the center', 'near the center', 'close to its center']);
      return { ...value, text: `${value.text}, ${remark}` };
    },
  };
}

/** How much of the picture a target takes. */
function extentSlots({ scene, target }: Subject): Slots {
  const [, , width, height] = target.box!;
  return {
    area: () => ({ text: shareWords(target.area / (scene.width * scene.height)) }),
    width: () => ({ text: shareWords(width / scene.width) }),
    height: () => ({ text: shareWords(height / scene.height) }),
  };
}

function shareWords(share: number): string {
  const percent = 100 * share;
  if (percent < 1) return 'less than 1 %';
  return `about ${percent < 10 ? Math.round(percent) : 5 * Math.round(percent / 5)} %`;
}

/** The number of regions, where each is clear and one is one thing. */
function countSlots({ target, clear, words, onBothSides }: Subject): Slots {
  const isSure = clear.length === target.regions.length && clear.length <= MOST_COUNTED;
  const count = NUMBERS[clear.length];
  if (!isSure || words.unique || (words.paired && !(onBothSides && clear.length === 2))) return {};
  return { count: () => ({ text: count! }) };
}

/** Each of several regions with its zone: "one in the top-left and two in the center of the image". */
function listSlots({ target, clear }: Subject): Slots {
  const isSure = clear.length === target.regions.length;
  if (!isSure || clear.length < 2 || clear.length > MOST_LISTED) return {};
  const counts = new Map<Zone, number>();
  for (const { zone } of clear) counts.set(zone, (counts.get(zone) ?? 0) + 1);
  if (counts.size < 2) return {};
  const zones = [...counts.keys()];
  return {
    places: (voice) => {
      const parts = zones.map((zone) => `${NUMBERS[counts.get(zone)!]} ${zoneOfList(zone, voice)}`);
      return { text: `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`, zones };
    },
  };
}
