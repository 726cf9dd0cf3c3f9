import type { DatasetImage } from '../dataset/dataset-image.js';
import type { PairRow } from '../dataset/schema.js';
import { parseSentence } from '../language/sentence.js';
import { type Finding, Found } from './finding.js';

/** Finds questions about a position that name it themselves, without its being what they ask for. */
export function createAnswerInQuestionCheck(): { add(image: DatasetImage): void; findings(): Finding[] } {
  const found = new Found();
  return {
    add({ pairs }) {
      for (const row of pairs) {
        if (namesItsAnswer(row))
          found.add(`${row.id}: "${row.question}" is answered by ${row.zones.join(' and ')}`);
      }
    },
    findings: () =>
      found.findings(
        'answer-in-question',
        'leak',
        'a question names the position that it asks for, so that its words alone answer it; reword it',
      ),
  };
}

/** Whether all places that the question names are right, though it does not ask for them. */
function namesItsAnswer({ kind, question, laterality, zones, askedZones, askedSide }: PairRow): boolean {
  // The options of a choice, and the two that are compared, are named in the question.
  if (zones.length === 0 || kind === 'multiple-choice' || kind === 'relation') return false;
  const named = parseSentence(question, laterality);
  const told = named.zones.filter((zone) => !askedZones.includes(zone));
  if (told.length > 0) return told.every((zone) => zones.includes(zone));
  const [side] = named.sides;
  if (named.sides.length === 1 && askedSide === null && askedZones.length === 0) {
    return zones.every((zone) => zone.endsWith(side!));
  }
  const [half] = named.halves;
  if (named.halves.length === 1 && askedZones.length === 0) {
    return zones.every((zone) => zone.startsWith(half === 'upper' ? 'top' : 'bottom'));
  }
  return false;
}
