import type { Random } from '@prs-med/posmed';

/** How often a question loses the words that say whose sides it means, and how often its capital and its mark. */
const UNSAID_PROBABILITY = 0.4;
const CASUAL_PROBABILITY = 0.1;

const OF_THE_PICTURE =
  /,? (?:of|in|on|within) (?:the|this) (?:image|picture|scan|slice|frame|photo|film|radiograph|sonogram|view)(?=[.?,]|$)/i;

/**
 * A question as people ask it: they seldom say that they mean the picture's sides, and some write without capitals or
 * marks. What is asked for stays the same.
 */
export function loosenQuestion(question: string, random: Random): string {
  const short = random.chance(UNSAID_PROBABILITY) ? question.replace(OF_THE_PICTURE, '') : question;
  if (!random.chance(CASUAL_PROBABILITY)) return short;
  const lower = /^[A-Z][a-z]/.test(short) ? short[0]!.toLowerCase() + short.slice(1) : short;
  return lower.replace(/[.?]$/, '');
}
