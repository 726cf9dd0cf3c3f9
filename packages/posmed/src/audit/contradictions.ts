import type { DatasetImage } from '../dataset/dataset-image.js';
import { pairOfRow } from '../dataset/pair-rows.js';
import type { PairRow } from '../dataset/schema.js';
import { checkPair } from '../language/check-pair.js';
import { sceneOfRows } from '../position/scene-of-rows.js';
import type { ZoneRule } from '../position/zone-rule.js';
import { type Finding, Found } from './finding.js';
import { normalizeQuestion } from './normalize-question.js';

/**
 * Finds pairs that contradict another one of their image, or the image's masks.
 * @param rule the one that the rows were made with
 */
export function createContradictionCheck(rule: ZoneRule): {
  add(image: DatasetImage): void;
  findings(): Finding[];
} {
  const between = new Found();
  const repeated = new Found();
  const masks = new Found();
  return {
    add({ image, targets, pairs }) {
      const scene = sceneOfRows(image, targets);
      const asked = new Map<string, PairRow>();
      for (const row of pairs) {
        const reason = checkPair(pairOfRow(row), scene, rule);
        if (reason !== null) masks.add(`${row.id}: ${reason}`);
        const question = normalizeQuestion(row.question);
        const other = asked.get(question);
        if (!other) asked.set(question, row);
        else if (stateOf(other) === stateOf(row))
          repeated.add(`${other.id} and ${row.id}: "${row.question}"`);
        else
          between.add(
            `${other.id} and ${row.id}: "${other.answer}" and "${row.answer}" to "${row.question}"`,
          );
      }
    },
    findings: () => [
      ...between.findings(
        'contradictory-answers',
        'contradiction',
        'the same question about the same image has answers with other zones or another presence; drop one',
      ),
      ...masks.findings(
        'answer-against-mask',
        'contradiction',
        'a pair says what the masks contradict; drop it or mend its answer',
      ),
      ...repeated.findings('repeated-question', 'warning', 'the same question is asked twice of an image'),
    ],
  };
}

/** What an answer claims: the zones, and whether what was asked for is there. */
const stateOf = ({ zones, targets }: PairRow): string => `${zones.join(' ')}:${targets.length > 0}`;
