import { describeRegions, type Mask, maskArea, type Zone } from '@prs-med/imaging';
import type { Place, Side } from '../position/places.js';
import type { Random } from '../random.js';
import {
  ABSENT_PLACE_ANSWERS,
  ABSENT_TARGET_ANSWERS,
  EXISTS_ANSWERS,
  EXISTS_QUESTIONS,
  PLACE_QUESTIONS,
  SEGMENT_ANSWERS,
  SEGMENT_QUESTIONS,
  SIDE_LUNGS,
  SUSPICION_QUESTIONS,
  WHERE_ANSWERS,
  WHERE_QUESTIONS,
} from './phrasings.js';
import { countComponents, emptyMask, findPlaces, type Places, truthOfPlace, zonesOfPlace } from './truth.js';
import { imageWords, impossibleTargets, type Noun, type TargetWords, targetWords } from './vocabulary.js';
import { fillTemplate, makeCasual, placeWords, questionTail, replaceGaps } from './wording.js';

/** What a question is about. */
export type QuestionKind = 'where' | 'exists' | 'segment' | 'zone' | 'side' | 'absent-zone' | 'absent-target';

/** The share of each kind where it is possible; they need not add up to anything. */
export const KIND_WEIGHTS: Readonly<Record<QuestionKind, number>> = {
  where: 25,
  exists: 10,
  segment: 20,
  zone: 15,
  side: 15,
  'absent-zone': 10,
  'absent-target': 7,
};

const LOOSE_NAME_PROBABILITY = 0.35;
const PLURAL_PROBABILITY = 0.7;
const CASUAL_PROBABILITY = 0.12;
const SUSPICION_PROBABILITY = 0.08;

/** The position that a question asks for. */
export interface Asked {
  zones: Zone[];
  side: Side | null;
  /** Whether the whole target is asked for, wherever it is. */
  all: boolean;
}

/** A question about a picture, and what is right. */
export interface Question {
  kind: QuestionKind;
  text: string;
  answer: string;
  truth: Mask;
  asked: Asked;
  present: boolean;
  target: string;
}

/** The masks of a picture as the model sees it, and which of them to ask about. */
export interface Scene {
  modality: string;
  targets: readonly { target: string; mask: Mask }[];
  chosen: number;
}

/** Everything that makes the wording of one question. */
interface Draft {
  kind: QuestionKind;
  scene: Scene;
  random: Random;
  words: TargetWords;
  mask: Mask;
  target: string;
  image: string;
}

/** Asks about a picture; a kind that is not possible there gives way to another. */
export function makeQuestion(scene: Scene, random: Random): Question {
  const left = new Map(Object.entries(KIND_WEIGHTS) as [QuestionKind, number][]);
  for (;;) {
    const kind = pickWeighted(left, random);
    const question = makeQuestionOfKind(scene, random, kind);
    if (question) return question;
    left.delete(kind); // "where", "exists" and "segment" always go, so this ends
  }
}

/** Asks a question of one kind; null where the picture does not allow it. */
export function makeQuestionOfKind(scene: Scene, random: Random, kind: QuestionKind): Question | null {
  const { target, mask } = scene.targets[scene.chosen]!;
  const words = targetWords(target);
  const image = random.pick(imageWords(scene.modality));
  const draft: Draft = { kind, scene, random, words, mask, target, image };
  switch (kind) {
    case 'where':
      return askWhole(draft, WHERE_QUESTIONS, WHERE_ANSWERS);
    case 'exists':
      return askWhole(draft, EXISTS_QUESTIONS, EXISTS_ANSWERS);
    case 'segment':
      return askWhole(draft, SEGMENT_QUESTIONS, SEGMENT_ANSWERS);
    case 'zone':
      return askPlace(draft, ({ zones }) => zones);
    case 'side':
      return words.paired ? askLung(draft) : askPlace(draft, ({ sides }) => sides);
    case 'absent-zone':
      return askPlace(draft, ({ emptyZones, emptySides }) => [...emptyZones, ...emptySides]);
    case 'absent-target':
      return askImpossible(draft);
  }
}

function askWhole(draft: Draft, questions: readonly string[], answers: readonly string[]): Question {
  const { random, mask, words, image } = draft;
  const noun = pickNoun(words, random);
  const count = countComponents(mask);
  const asksMany = words.paired || (count > 1 && random.chance(PLURAL_PROBABILITY));
  const tail = questionTail(random, image);
  const text = fillTemplate(random.pick(questions), { ...inNumber(noun, asksMany), image, tail });
  const asked: Asked = { zones: [], side: null, all: true };
  const truth = mask;
  const zone = describeRegions(truth).zone;
  const answer = zone
    ? fillTemplate(random.pick(answers), { ...inNumber(noun, words.paired || count > 1), zone })
    : fillTemplate(random.pick(ABSENT_TARGET_ANSWERS), inNumber(noun, words.paired));
  return finish(draft, text, answer, truth, asked);
}

/** Asks for what is in a place, whether something is there or not. */
function askPlace(draft: Draft, choose: (places: Places) => Place[]): Question | null {
  const { random, mask, words, image, kind } = draft;
  const candidates = choose(findPlaces(mask, words.paired));
  if (candidates.length === 0) return null;
  const place = random.pick(candidates);
  const truth = truthOfPlace(mask, place);
  const zone = describeRegions(truth).zone;
  const noun = pickNoun(words, random);
  const count = countComponents(truth);
  const asksMany = count > 1 && random.chance(PLURAL_PROBABILITY);
  const where = placeWords(place, random, image);
  const questions =
    words.finding && random.chance(SUSPICION_PROBABILITY) ? SUSPICION_QUESTIONS : PLACE_QUESTIONS;
  const template = random.pick(questions);
  const text = fillTemplate(template, { ...inNumber(noun, asksMany), image, ...where });
  const asked: Asked = {
    zones: zonesOfPlace(place),
    side: place.kind === 'side' ? place.side : null,
    all: false,
  };
  if (!zone) {
    const answer = fillTemplate(random.pick(ABSENT_PLACE_ANSWERS), inNumber(noun, false));
    return finish(draft, text, answer, truth, asked);
  }
  const number = inNumber(noun, count > 1);
  const the =
    kind === 'side' && place.kind === 'side' ? `the ${number.noun} on the ${place.side}` : undefined;
  const answers = answersFor(template);
  const answer = fillTemplate(random.pick(answers), { ...number, ...(the && { the }), zone });
  return finish(draft, text, answer, truth, asked);
}

/** Asks for the lung of a side of the picture. */
function askLung(draft: Draft): Question | null {
  const { random, mask, image } = draft;
  const candidates = findPlaces(mask, true).sides;
  if (candidates.length === 0) return null;
  const place = random.pick(candidates);
  if (place.kind !== 'side') return null;
  const { side } = place;
  const the = replaceGaps(random.pick(SIDE_LUNGS), { side });
  const tail = the.includes('image') ? '' : questionTail(random, image);
  const template = random.pick(random.chance(0.6) ? SEGMENT_QUESTIONS : WHERE_QUESTIONS);
  const text = fillTemplate(template, { noun: 'lung', many: false, the, image, tail });
  const truth = truthOfPlace(mask, place);
  const zone = describeRegions(truth).zone!;
  const answer = fillTemplate(random.pick(answersFor(template)), {
    noun: 'lung',
    many: false,
    the: random.chance(0.7) ? `the ${side} lung` : `the lung on the ${side}`,
    zone,
  });
  return finish(draft, text, answer, truth, { zones: [], side, all: false });
}

/** Asks for something that such a picture cannot show. */
function askImpossible(draft: Draft): Question | null {
  const { random, scene, mask, image } = draft;
  const candidates = impossibleTargets(scene.targets.map(({ target }) => target));
  if (candidates.length === 0) return null;
  const target = random.pick(candidates);
  const words = targetWords(target);
  const noun = random.pick(words.exact);
  const questions = random.pick([WHERE_QUESTIONS, EXISTS_QUESTIONS, SEGMENT_QUESTIONS]);
  const tail = questionTail(random, image);
  const text = fillTemplate(random.pick(questions), { ...inNumber(noun, words.paired), image, tail });
  const answer = fillTemplate(random.pick(ABSENT_TARGET_ANSWERS), inNumber(noun, words.paired));
  const asked: Asked = { zones: [], side: null, all: true };
  return finish({ ...draft, target }, text, answer, emptyMask(mask.width, mask.height), asked);
}

function finish(draft: Draft, text: string, answer: string, truth: Mask, asked: Asked): Question {
  return {
    kind: draft.kind,
    text: makeCasual(text, draft.random, CASUAL_PROBABILITY),
    answer,
    truth,
    asked,
    present: maskArea(truth) > 0,
    target: draft.target,
  };
}

/** The answers that go with a request, a yes-or-no question, or a "where". */
function answersFor(template: string): readonly string[] {
  if (WHERE_QUESTIONS.includes(template)) return WHERE_ANSWERS;
  const asksWhether = /\{Is\}|\{is\} there|\{a\}|^Any|anything|something/.test(template);
  return asksWhether ? EXISTS_ANSWERS : SEGMENT_ANSWERS;
}

function pickNoun(words: TargetWords, random: Random): Noun {
  const loose = words.loose.length > 0 && random.chance(LOOSE_NAME_PROBABILITY);
  return random.pick(loose ? words.loose : words.exact);
}

function inNumber(noun: Noun, many: boolean): { noun: string; many: boolean } {
  return { noun: many ? noun.many : noun.one, many };
}

function pickWeighted<T>(weights: ReadonlyMap<T, number>, random: Random): T {
  let left = random.next() * [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  let last: T | undefined;
  for (const [item, weight] of weights) {
    last = item;
    left -= weight;
    if (left < 0) return item;
  }
  return last!;
}
