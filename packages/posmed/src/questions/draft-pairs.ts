import { ZONES } from '@prs-med/imaging';
import type { Pair, PairKind } from '../pair.js';
import { lateralityOf } from '../position/laterality.js';
import type { Laterality } from '../position/places.js';
import type { ZoneRule } from '../position/zone-rule.js';
import type { Random } from '../random.js';
import type { Scene } from '../scene.js';
import { ASKS, type Ask, askAbsent, type SentencePlan } from './asks.js';
import type { TemplateBank, TemplateUse } from './bank.js';
import { makeCasual } from './casual.js';
import { KIND_GROUPS } from './kind-weights.js';
import type { PlaceSpeech } from './position-words.js';
import { shuffle } from './shuffle.js';
import type { Voice } from './slots.js';
import { describeSubject, type Subject } from './subject.js';
import { type FilledText, fillTemplate, type TemplateText } from './template-text.js';
import { imageWords, impossibleTargets, type Noun } from './vocabulary.js';

export interface DraftOptions {
  bank: TemplateBank;
  /** The number of pairs. */
  perImage: number;
  /** Which question templates are used. */
  use: TemplateUse;
  /** Whose left and right the sentences speak of; the patient's only where the modality is turned. */
  laterality: Laterality;
  /** The one that the scene was described with; `box` by default. */
  rule?: ZoneRule;
  random: Random;
}

const CASUAL_PROBABILITY = 0.12;
/** An answer calls the target as the question did, where that name says no more than the mask. */
const SAME_NAME_PROBABILITY = 0.7;
/** An answer says "image" rather than another word for the picture. */
const PLAIN_IMAGE_PROBABILITY = 0.6;
/** Draws in a row that gave no new question, after which a picture has no more to ask. */
const MOST_FAILURES = 200;

/**
 * Makes questions about a picture and their answers, from facts alone: no two with the same words, kinds by their
 * weights as far as the picture allows them, its targets in turn. The same options and stream give the same pairs.
 * @returns `perImage` pairs; none where the scene has no targets, and fewer where it has no more to ask
 */
export function draftPairs(scene: Scene, options: DraftOptions): Pair[] {
  const { bank, perImage, use, rule = 'box', random } = options;
  const laterality = lateralityOf(scene.modality, options.laterality);
  const subjects = scene.targets.map((target) => describeSubject(scene, target, rule));
  const present = subjects.filter(({ zone }) => zone !== null);
  const missing = subjects.filter(({ zone }) => zone === null);
  if (subjects.length === 0) return [];
  const topics = shuffle(present.length > 0 ? present : missing, random);
  const absent = [
    ...missing.map(({ target }) => target.target),
    ...impossibleTargets(scene.targets.map(({ target }) => target)),
  ];
  const pairs: Pair[] = [];
  const seen = new Set<string>();
  for (let failures = 0; pairs.length < perImage && failures < MOST_FAILURES; ) {
    const subject = topics[pairs.length % topics.length]!;
    const pair = draftPair({ subject, absent, bank, use, laterality, random });
    const key = pair?.question
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, ' ')
      .trim();
    if (!pair || seen.has(key!)) {
      failures++;
      continue;
    }
    failures = 0;
    seen.add(key!);
    pairs.push(pair);
  }
  return pairs;
}

interface Draft {
  subject: Subject;
  /** Names of targets that are not there. */
  absent: readonly string[];
  bank: TemplateBank;
  use: TemplateUse;
  laterality: Laterality;
  random: Random;
}

/** A pair of a kind that the picture allows; null where it allows none. */
function draftPair(draft: Draft): Pair | null {
  const { random } = draft;
  const groups = [...KIND_GROUPS];
  while (groups.length > 0) {
    const group = pickWeighted(groups, ({ share }) => share, random);
    let kinds = Object.entries(group.kinds);
    while (kinds.length > 0) {
      const choice = pickWeighted(kinds, ([, weight]) => weight, random);
      const ask = makeAsk(choice[0] as PairKind, draft);
      const pair = ask && wordPair(ask, draft);
      if (pair) return pair;
      kinds = kinds.filter((other) => other !== choice);
    }
    groups.splice(groups.indexOf(group), 1);
  }
  return null;
}

function makeAsk(kind: PairKind, { subject, absent, random }: Draft): Ask | null {
  if (kind !== 'absent-target') return ASKS[kind](subject, random);
  return absent.length > 0 ? askAbsent(kind, random.pick(absent), subject.scene, random) : null;
}

/** Puts a question and its answer in words; null where the bank has no template that fits. */
function wordPair(ask: Ask, { subject, bank, use, laterality, random }: Draft): Pair | null {
  const questions = bank.questions[ask.kind].filter(
    (template) => template.use === use && fits(template, ask.question),
  );
  if (questions.length === 0) return null;
  const template = random.pick(questions);
  const answers = bank.answers[ask.answers].filter(
    (answer) => fits(answer, ask.answer) && (template.asksWhether ? answer.saysWhether : !answer.saysYesOrNo),
  );
  if (answers.length === 0) return null;
  const { modality } = subject.scene;
  const image = random.pick(imageWords(modality));
  const noun = random.pick(ask.question.nouns);
  const question = speak(template, ask.question, noun, { laterality, modality, image, random });
  const keepsName = ask.answer.nouns.includes(noun) && random.chance(SAME_NAME_PROBABILITY);
  const answer = speak(random.pick(answers), ask.answer, keepsName ? noun : random.pick(ask.answer.nouns), {
    laterality,
    modality,
    image: random.chance(PLAIN_IMAGE_PROBABILITY) ? 'image' : image,
    random,
  });
  return {
    kind: ask.kind,
    template: template.id,
    question: random.chance(CASUAL_PROBABILITY) ? makeCasual(question.text, random) : question.text,
    answer: answer.text,
    laterality,
    target: ask.target,
    asked: ask.asked,
    zones: ZONES.filter((zone) => answer.zones.has(zone)),
    truth: ask.truth,
  };
}

/** Whether everything that a template needs is known. */
function fits({ slots }: TemplateText, plan: SentencePlan): boolean {
  return slots.every((slot) => plan.slots[slot] !== undefined);
}

function speak(template: TemplateText, plan: SentencePlan, noun: Noun, speech: PlaceSpeech): FilledText {
  const { many, slots } = plan;
  const voice: Voice = { ...speech, noun: many ? noun.many : noun.one, plural: noun.many, many };
  return fillTemplate(template, (slot, isLast) => slots[slot]!(voice, isLast), many, speech.random);
}

function pickWeighted<T>(items: readonly T[], weightOf: (item: T) => number, random: Random): T {
  let left = random.next() * items.reduce((sum, item) => sum + weightOf(item), 0);
  for (const item of items) {
    left -= weightOf(item);
    if (left < 0) return item;
  }
  return items.at(-1)!;
}
