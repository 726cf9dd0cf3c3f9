import type { Zone } from '@prs-med/imaging';
import type { Pair, PairKind, Random } from '@prs-med/posmed';
import { type TargetName, targetNames } from './target-names.js';

/** Slots: {bare}, {some} and {the} name the target, {is}, {it} and {they} agree with it, {place} is "upper left". */
const TO_MARK = [
  '{the} please',
  'show {the}',
  'circle {the}',
  'paint {the}',
  'draw round {the}',
  'I want {the} marked',
  'put a mask on {the}',
  'cover {the} with a mask',
  'pick out {the}',
  'highlight {the} for me',
  'could you draw {the}?',
  'select {the}',
  'cut {the} out',
  'just {the}',
  'get me the edges of {the}',
  'help me see {the}',
  'fill in {the}',
  'trace {the}',
  'only the pixels of {the}',
  '{the}: outline {it}',
  'mark {the} for the report',
  'find me {the}',
  'mask out {the}, please',
  'I have to measure {the}, outline {it}',
  'which pixels are {the}?',
];
const TO_FIND = [
  '{the}?',
  '{the}, where?',
  'where would I find {the}?',
  'which bit is {the}?',
  'where should I look for {the}?',
  'point me to {the}',
  "I can't make out {the}. Where {is} {they}?",
  '{the} {is} where?',
  'whereabouts {is} {the}?',
  'in what corner {is} {the}?',
  'tell me where you see {the}',
  'I suspect {some}, where?',
  'so where {is} {the} exactly?',
  'give me the place of {the}',
  'what part has {the}?',
];
const TO_CHECK = [
  'any {bare}?',
  'any {bare} here?',
  '{some}?',
  'can you spot {some}?',
  'is that {some}?',
  'could there be {some}?',
  'do you think there {is} {some}?',
  'is there any sign of {some}?',
  'anything like {some} here?',
  'does this look like {some}?',
  'I worry about {some}, do you see {it}?',
  'does the patient have {some}?',
  '{bare}, yes or no?',
  '{is} {some} present?',
  'check for {bare}',
  'look for {some} and tell me',
  'do we have {some}?',
  'has he got {some}?',
  'does she have {some}? where?',
];
const TO_MARK_AT = [
  'mark {the} in the {place}',
  'only {the} in the {place}',
  'show {the} in the {place} please',
  'outline {the} at the {place}',
  'circle {the} in the {place}',
  'paint the {place} {bare}',
  'draw {the} that {is} in the {place}',
];
const TO_CHECK_AT = [
  '{bare} in the {place}?',
  'any {bare} in the {place}?',
  '{is} there {some} in the {place}?',
  '{place}: any {bare}?',
  'does the {place} have {some}?',
  'look at the {place}, any {bare} there?',
  'check the {place} for {bare}',
  'what about the {place}, {some}?',
  'do you see {some} towards the {place}?',
  'could that be {some} in the {place}?',
  'in the {place}, do you find {some}?',
  '{bare} at the {place}, yes or no?',
];
const TO_MARK_LUNG = [
  'the {place} lung',
  'only the {place} lung',
  'paint the {place} lung',
  '{place} lung please',
  'lung on the {place}',
  'just the one on the {place}: the {place} lung',
  'give me the {place} lung, not the other',
  'the lung on the {place} side',
];

/** What each kind can be asked by and still have its answer. */
const FORMS: Partial<Record<PairKind, readonly string[]>> = {
  segment: TO_MARK,
  pinpoint: TO_MARK,
  where: TO_FIND,
  'which-region': TO_FIND,
  approximate: TO_FIND,
  precise: TO_FIND,
  'yes-and-where': TO_CHECK,
  abnormal: TO_CHECK,
  'absent-target': [...TO_MARK, ...TO_FIND, ...TO_CHECK],
  'refer-side': TO_MARK_LUNG,
  'absent-zone': [...TO_MARK_AT, ...TO_CHECK_AT],
};

const CORNERS: Readonly<Record<Exclude<Zone, 'center'>, readonly [string, string]>> = {
  'top-left': ['top', 'left'],
  'top-right': ['top', 'right'],
  'bottom-left': ['bottom', 'left'],
  'bottom-right': ['bottom', 'right'],
};
const OTHER_WORDS: Readonly<Record<string, string>> = { top: 'upper', bottom: 'lower' };
const MIDDLE = ['middle', 'center', 'centre', 'central part', 'very middle', 'middle of the picture'];

const OPENERS = ['hi, ', 'please ', 'ok, ', 'doctor, ', 'hello, ', 'sorry, '];
const OPENER_PROBABILITY = 0.1;
const CAPITAL_PROBABILITY = 0.5;
const GENERAL_PROBABILITY = 0.4;

/**
 * Asks for what a pair asks for in words that no template has, short and careless, as people type. Null for kinds whose
 * answers need their question's own words.
 */
export function askFreely(pair: Pair, modality: string, random: Random): string | null {
  const forms = formsFor(pair);
  const place = placeWords(pair, random);
  if (forms === null || place === null) return null;
  const names = targetNames(pair.target, modality);
  const isGeneral = pair.kind !== 'absent-target' && random.chance(GENERAL_PROBABILITY);
  const name = random.pick(isGeneral && names.general.length > 0 ? names.general : names.own);
  const text = fill(random.pick(forms), name, place);
  const opened = random.chance(OPENER_PROBABILITY) ? random.pick(OPENERS) + text : text;
  return random.chance(CAPITAL_PROBABILITY) ? opened[0]!.toUpperCase() + opened.slice(1) : opened;
}

function formsFor({ kind, answer, asked, target }: Pair): readonly string[] | null {
  // A side of an absent target ("the left kidney") is in its question alone.
  if (kind === 'absent-target' && !asked.all) return null;
  if (kind === 'refer-side' && target !== 'lung') return null;
  if (kind === 'refer-zone') return /^Yes/.test(answer) ? TO_CHECK_AT : TO_MARK_AT;
  return FORMS[kind] ?? null;
}

/** "upper left", "left half"; empty where no place is asked for, null where it has no short name. */
function placeWords({ kind, laterality, asked: { zones, side, all } }: Pair, random: Random): string | null {
  if (all) return '';
  if (laterality !== 'image') return null;
  if (side !== null && kind === 'refer-side') return side;
  if (side !== null) return side + random.pick(['', ' half', ' side', '-hand side']);
  const corners = zones.flatMap((zone) => (zone === 'center' ? [] : [CORNERS[zone]]));
  if (zones.length === 1 && corners.length === 0) return random.pick(MIDDLE);
  if (corners.length !== zones.length) return null;
  if (zones.length === 1) {
    const [row, column] = corners[0]!;
    const other = OTHER_WORDS[row]!;
    const name = random.pick([`${row} ${column}`, `${other} ${column}`, `${row}-${column}`]);
    return name + random.pick(['', '', ' corner', ' quadrant', ' part']);
  }
  const [row] = corners[0] ?? [];
  if (row === undefined || zones.length !== 2 || corners[1]![0] !== row) return null;
  return random.pick([row, `${OTHER_WORDS[row]} half`, `${row} half`, `${OTHER_WORDS[row]} part`]);
}

const fill = (form: string, { bare, some, plural }: TargetName, place: string): string =>
  form
    .replaceAll('{bare}', bare)
    .replaceAll('{some}', some)
    .replaceAll('{the}', `the ${bare}`)
    .replaceAll('{is}', plural ? 'are' : 'is')
    .replaceAll('{it}', plural ? 'them' : 'it')
    .replaceAll('{they}', plural ? 'they' : 'it')
    .replaceAll('{place}', place);
