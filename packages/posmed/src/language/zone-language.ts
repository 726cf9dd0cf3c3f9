import { ZONES, type Zone } from '@prs-med/imaging';

/** Places as people write them; each fits "in the …" and is read back by `parseZones`. */
export const zoneWords: Readonly<Record<Zone, readonly string[]>> = {
  'top-left': cornerWords(['top', 'upper', 'superior'], 'left'),
  'top-right': cornerWords(['top', 'upper', 'superior'], 'right'),
  'bottom-left': cornerWords(['bottom', 'lower', 'inferior'], 'left'),
  'bottom-right': cornerWords(['bottom', 'lower', 'inferior'], 'right'),
  center: [
    'center',
    'center',
    'centre',
    'middle',
    'middle',
    'central part',
    'central area',
    'central region',
    'central zone',
    'middle part',
    'very middle',
    'central portion',
    'middle region',
  ],
};

function cornerWords([plain, upper, anatomical]: [string, string, string], side: string): string[] {
  return [
    `${plain}-${side}`,
    `${plain}-${side}`,
    `${plain} ${side}`,
    `${plain} ${side}`,
    `${upper} ${side}`,
    `${upper} ${side}`,
    `${upper}-${side}`,
    `${side} ${upper} part`,
    `${upper} ${side} quadrant`,
    `${plain}-${side} quadrant`,
    `${plain} ${side} corner`,
    `${upper} ${side} region`,
    `${upper} ${side} area`,
    `${plain}-${side} zone`,
    `${upper} part of the ${side} side`,
    `${anatomical} ${side} part`,
    `${side} ${upper} quadrant`,
  ];
}

/** What an answer says about places. */
export interface ParsedZones {
  /** Zones that the answer says hold the target, without repeats, in the order of `ZONES`. */
  zones: Zone[];
  /** Whether the answer denies: "No, …", or a denial and no zone that holds the target. */
  negated: boolean;
}

type Vertical = 'top' | 'bottom';
type Side = 'left' | 'right';
type Token = { at: number } & (
  | { kind: 'vertical'; value: Vertical }
  | { kind: 'side'; value: Side }
  | { kind: 'center' }
);

const VERTICALS: ReadonlyMap<string, Vertical> = new Map([
  ...['top', 'topmost', 'upper', 'uppermost', 'superior', 'above'].map((word) => [word, 'top'] as const),
  ...['bottom', 'lower', 'lowermost', 'inferior', 'below', 'bottommost'].map(
    (word) => [word, 'bottom'] as const,
  ),
]);
const SIDES: ReadonlyMap<string, Side> = new Map([
  ['left', 'left'],
  ['leftmost', 'left'],
  ['right', 'right'],
  ['rightmost', 'right'],
]);
const CENTERS: ReadonlySet<string> = new Set([
  'center',
  'centre',
  'central',
  'centrally',
  'centered',
  'centred',
  'middle',
]);
const NEARNESS: ReadonlySet<string> = new Set([
  'near',
  'close',
  'closer',
  'toward',
  'towards',
  'beside',
  'adjacent',
]);
const DENIALS =
  /\b(?:no|not|none|never|nothing|neither|nor|cannot|absent|absence)\b|n't\b|\bfree of\b|\bwithout any\b/;
const CLAUSE_ENDS =
  /[.;!?]+|,\s*(?=(?:but|not|no|and not|it|they|instead|rather|only)\b)|\b(?:but|rather|instead)\b/;

/** How many other words may stand between "upper" and "left" that belong together. */
const LONGEST_GAP = 7;

/** Reads zones out of an answer with fixed rules: no model, the same result every time. */
export function parseZones(answer: string): ParsedZones {
  const text = answer.toLowerCase().replaceAll('’', "'").trim();
  const found = new Set<Zone>();
  let denied = false;
  const startsWithNo = /^(?:no|none|nothing)\b/.test(text);
  // "No, it is in the …": the denial ends with its comma.
  for (const clause of text.replace(/^no\s*,/, '').split(CLAUSE_ENDS)) {
    if (!clause) continue;
    if (DENIALS.test(clause)) {
      denied = true;
    } else {
      for (const zone of zonesOfClause(clause)) found.add(zone);
    }
  }
  const zones = ZONES.filter((zone) => found.has(zone));
  return { zones, negated: startsWithNo || (denied && zones.length === 0) };
}

function zonesOfClause(clause: string): Zone[] {
  const words = clause.match(/[a-z]+/g) ?? [];
  const tokens: Token[] = [];
  words.forEach((word, at) => {
    const vertical = VERTICALS.get(word);
    const side = SIDES.get(word);
    if (vertical) tokens.push({ at, kind: 'vertical', value: vertical });
    else if (side) tokens.push({ at, kind: 'side', value: side });
    else if (CENTERS.has(word)) tokens.push({ at, kind: 'center' });
  });
  const zones: Zone[] = [];
  const used = new Set<Token>();
  // Words side by side belong together before words further apart do: "the left lung is at the bottom right".
  for (let gap = 0; gap <= LONGEST_GAP; gap++) {
    for (let position = 0; position + 1 < tokens.length; position++) {
      const first = tokens[position]!;
      const second = tokens[position + 1]!;
      if (used.has(first) || used.has(second) || second.at - first.at !== gap + 1) continue;
      const zone = cornerOf(first, second);
      if (!zone) continue;
      zones.push(zone, ...sharedCorner(tokens, words, position, second));
      used.add(first).add(second);
    }
  }
  const hasCorner = zones.length > 0;
  for (const token of tokens) {
    if (token.kind !== 'center') continue;
    // "in the top-left, near the center" is still the top-left.
    const before = words.slice(Math.max(0, token.at - 3), token.at);
    if (!hasCorner || !before.some((word) => NEARNESS.has(word))) zones.push('center');
  }
  return zones;
}

function cornerOf(first: Token, second: Token): Zone | null {
  if (first.kind === 'vertical' && second.kind === 'side') return `${first.value}-${second.value}`;
  if (first.kind === 'side' && second.kind === 'vertical') return `${second.value}-${first.value}`;
  return null;
}

/** "top left and right" names two corners: the last word shares the first one's other half. */
function sharedCorner(tokens: Token[], words: string[], position: number, second: Token): Zone[] {
  const third = tokens[position + 2];
  const fourth = tokens[position + 3];
  if (!third || third.kind !== second.kind || third.at !== second.at + 2) return [];
  if (words[second.at + 1] !== 'and' && words[second.at + 1] !== 'or') return [];
  if (fourth && fourth.at === third.at + 1) return []; // it has a partner of its own
  const zone = cornerOf(tokens[position]!, third);
  return zone ? [zone] : [];
}
