import type { Generator } from '../generate/generator.js';
import { checkPair } from '../language/check-pair.js';
import type { Laterality } from '../position/places.js';
import { sceneOfRows } from '../position/scene-of-rows.js';
import type { ZoneRule } from '../position/zone-rule.js';
import type { TemplateBank } from '../questions/bank.js';
import { draftPairs } from '../questions/draft-pairs.js';
import { createRandom } from '../random.js';
import { rejectedRowOfPair, rowOfPair } from './pair-rows.js';
import type { ImageRow, PairRow, RejectedRow, TargetRow } from './schema.js';

/** What the pairs of a data set are made with. */
export interface PairOptions {
  readonly bank: TemplateBank;
  readonly generator: Generator;
  /** Pairs an image. */
  readonly perImage: number;
  readonly seed: number;
  /** Whose left and right the sentences mean. */
  readonly laterality: Laterality;
  /** What the zones of the targets were found with. */
  readonly zoneRule: ZoneRule;
}

/** What became of the drafts of one picture. */
export interface MadePairs {
  readonly pairs: readonly PairRow[];
  /** Thrown away because the masks contradict them. */
  readonly contradicted: readonly RejectedRow[];
  /** Drafts that the generator made nothing of. */
  readonly unmade: readonly RejectedRow[];
}

/**
 * Makes the pairs of one picture and checks each against its masks. They depend on the rows, the options and the
 * generator alone, not on what was made before.
 * @throws what the generator throws when it cannot go on
 */
export async function makePairs(
  image: ImageRow,
  targets: readonly TargetRow[],
  options: PairOptions,
  signal: AbortSignal,
): Promise<MadePairs> {
  const { bank, generator, perImage, seed, laterality, zoneRule } = options;
  const scene = sceneOfRows(image, targets);
  const drafts = draftPairs(scene, {
    bank,
    perImage,
    use: image.split === 'test' ? 'test' : 'train',
    laterality,
    rule: zoneRule,
    random: createRandom(seed, `pairs of ${image.id}`, 0),
  });
  const pairs: PairRow[] = [];
  const contradicted: RejectedRow[] = [];
  const unmade: RejectedRow[] = [];
  const from = { image: image.id, generator: generator.name };
  for (const made of await generator.generate({ image: image.id, scene, drafts }, signal)) {
    if ('problem' in made) {
      unmade.push(rejectedRowOfPair(made.draft, { ...from, reason: made.problem }));
      continue;
    }
    const reason = checkPair(made.pair, scene, zoneRule);
    const id = `${image.id}:q${pairs.length + 1}`;
    if (reason === null) pairs.push(rowOfPair(made.pair, { ...from, id, status: 'checked' }));
    else contradicted.push(rejectedRowOfPair(made.pair, { ...from, reason }));
  }
  return { pairs, contradicted, unmade };
}
