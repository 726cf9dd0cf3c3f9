import type { Zone } from '@prs-med/imaging';
import type { Place, Side } from '../position/places.js';
import type { SceneRegion } from '../scene.js';
import {
  joinWords,
  type PlaceSpeech,
  type PlaceWords,
  placeWords,
  sidedName,
  zoneOfAnswer,
  zoneOfList,
  zonesTogether,
} from './position-words.js';
import type { Subject } from './subject.js';
import type { SlotValue } from './template-text.js';
import { type TargetWords, withArticle } from './vocabulary.js';

/** A sentence's words for the picture and for the target, in its number. */
export interface Voice extends PlaceSpeech {
  noun: string;
  /** The name in the plural, whatever the number. */
  plural: string;
  many: boolean;
}

/** Values of slots, made when a template needs them. A template with a slot that is not here does not fit. */
export type Slots = Readonly<Record<string, (voice: Voice, isLast: boolean) => SlotValue>>;

const CENTER_REMARK_PROBABILITY = 0.5;
const BOTH_SIDES_PROBABILITY = 0.5;
/** Of answers about two lungs, those that say "across the center" for "in the center". */
const ACROSS_PROBABILITY = 0.4;
const MOST_COUNTED = 10;
const MOST_LISTED = 4;

const NUMBERS = 'no one two three four five six seven eight nine ten'.split(' ');

/** A word for the picture, which is always known. */
const IMAGE: Slots = { image: ({ image }) => ({ text: image }) };

/** "heart" and "the heart". */
const ONLY_TARGET: Slots = {
  ...IMAGE,
  target: ({ noun }) => ({ text: noun }),
  'the target': ({ noun }) => ({ text: `the ${noun}` }),
};
/** And "polyps". */
export const TARGET: Slots = { ...ONLY_TARGET, targets: ({ plural }) => ({ text: plural }) };
/** And "no polyp". */
export const NO_TARGET: Slots = { ...TARGET, 'no target': ({ noun }) => ({ text: `no ${noun}` }) };

const SOME_TARGET: Slots = {
  ...TARGET,
  'a target': ({ noun, many }) => ({ text: many ? noun : withArticle(noun) }),
};
const ANY_TARGET: Slots = {
  ...TARGET,
  'a target': ({ noun, many }) => ({ text: many ? `any ${noun}` : withArticle(noun) }),
};

/** "the polyp"; "polyps", "a polyp" or "any polyps", but not for what there is only one of. */
export function namesOfQuestion({ unique, paired }: TargetWords): Slots {
  if (unique) return ONLY_TARGET;
  return paired ? SOME_TARGET : ANY_TARGET;
}

/** "the polyp"; "a polyp" or "polyps", but not for organs, which are known to be there. */
export function namesOfAnswer({ finding }: TargetWords): Slots {
  return finding ? SOME_TARGET : TARGET;
}

/** What a finding is called before it is known, in the singular. */
export function suspicionSlots({ suspicions }: TargetWords): Slots {
  if (suspicions.length === 0) return IMAGE;
  return { ...IMAGE, 'a suspicion': ({ random }) => ({ text: withArticle(random.pick(suspicions)) }) };
}

/** The one of a pair that lies on a side of the picture. */
export function sidedSlots(side: Side): Slots {
  return { ...IMAGE, 'the sided target': (voice) => ({ text: sidedName(voice.noun, side, voice) }) };
}

/** A place that a question asks for, or that is said to hold nothing. */
export function askedPlaceSlots(place: Place): Slots {
  return slotsOfWords((voice) => placeWords(place, voice), []);
}

/** A place that an answer says holds the target. */
export function placeSlots(place: Place): Slots {
  return place.kind === 'zone' ? zoneSlots(place.zone) : askedPlaceSlots(place);
}

/** A zone that an answer says holds the target. */
export function zoneSlots(zone: Zone): Slots {
  return slotsOfWords((voice) => zoneOfAnswer(zone, voice), [zone]);
}

/** Zones that an answer says hold the target together. */
export function zonesSlots(zones: readonly Zone[]): Slots {
  if (zones.length === 1) return zoneSlots(zones[0]!);
  return { position: (voice) => ({ text: zonesTogether(zones, voice), zones }) };
}

function slotsOfWords(words: (voice: Voice) => PlaceWords, zones: readonly Zone[]): Slots {
  return {
    position: (voice) => ({ text: words(voice).phrase, zones }),
    'the position': (voice) => ({ text: words(voice).thing, zones }),
  };
}

/** Where all of a target is; as a thing only where that is one zone and not spread about the center. */
export function wholePositionSlots(subject: Subject): Slots {
  const { zones, isSpread, isOnBothSides, words, clear, target } = subject;
  const zone = subject.zone!;
  if (zones.length > 1) return zonesSlots(zones);
  const slots = zoneSlots(zone);
  if (zone !== 'center') return zone === target.zone && target.nearCenter ? withCenterRemark(slots) : slots;
  const isPair = words.paired && isOnBothSides;
  if (!isSpread && !isPair) return slots;
  const sides = isPair && clear.length === 2 ? 'one on each side' : 'on both sides';
  const position: Slots[string] = ({ random, image }, isLast) => {
    const isAcross = isSpread || random.chance(ACROSS_PROBABILITY);
    const addsSides = isLast && isOnBothSides && random.chance(BOTH_SIDES_PROBABILITY);
    const place = `${isAcross ? 'across' : 'in'} the center of the ${image}`;
    return { text: addsSides ? `${place}, ${sides}` : place, zones: [zone] };
  };
  return isSpread ? { position } : { ...slots, position };
}

/** Where a region is. */
export function regionPositionSlots({ zone, nearCenter }: SceneRegion): Slots {
  const slots = zoneSlots(zone);
  return zone !== 'center' && nearCenter ? withCenterRemark(slots) : slots;
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

/** How much of the picture a target takes: of its area, and of its width and height by the box. */
export function extentSlots({ scene, target }: Subject): Slots {
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

/** The number of regions, where none is a speck and each is one thing; nothing where that is in doubt. */
export function countSlots({ target, clear, words, isOnBothSides }: Subject): Slots {
  const isSure = clear.length === target.regions.length && clear.length <= MOST_COUNTED && !words.unique;
  if (!isSure || (words.paired && !(isOnBothSides && clear.length === 2))) return {};
  const text = NUMBERS[clear.length]!;
  return { count: () => ({ text }) };
}

/** Each of a few regions with its zone: "one in the top-left of the image and two in the center of the image". */
export function listSlots({ target, clear }: Subject): Slots {
  const isSure = clear.length === target.regions.length;
  if (!isSure || clear.length < 2 || clear.length > MOST_LISTED) return {};
  const counts = new Map<Zone, number>();
  for (const { zone } of clear) counts.set(zone, (counts.get(zone) ?? 0) + 1);
  if (counts.size < 2) return {};
  const zones = [...counts.keys()];
  return {
    places: (voice) => {
      const parts = zones.map((zone) => `${NUMBERS[counts.get(zone)!]} ${zoneOfList(zone, voice)}`);
      return { text: joinWords(parts), zones };
    },
  };
}
