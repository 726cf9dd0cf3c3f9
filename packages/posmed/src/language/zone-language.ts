import type { Zone } from '@prs-med/imaging';
import { parseSentence } from './sentence.js';

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

/** Reads the zones out of an answer by the rules of `parseSentence`. */
export function parseZones(answer: string): ParsedZones {
  const { zones, presence } = parseSentence(answer);
  return { zones, negated: presence === 'no' };
}
