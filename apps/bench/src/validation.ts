import { join } from 'node:path';
import { nodeRuntime } from '@prs-med/autograd/node';
import type { Mask } from '@prs-med/imaging';
import { readMask, readPicture } from '@prs-med/imaging/node';
import { loadModel } from '@prs-med/model';
import { bundleFolder } from '@prs-med/model/node';
import { createRandom, makeQuestionOfKind, parseZones, type QuestionKind } from '@prs-med/posmed';
import { readExamples } from '@prs-med/training/node';

const KINDS: readonly QuestionKind[] = ['where', 'side', 'zone', 'absent-zone', 'absent-target'];

interface Tally {
  readonly count: number;
  /** Sum of Dice at 0.5; an empty mask of an absent target counts 1. */
  readonly dice: number;
  /** Answers whose zone, by the parser, is the predicted mask's; absent masks want an answer that says no. */
  readonly agreeing: number;
  /** Masks that are empty. */
  readonly empty: number;
}

/**
 * The val split of an image-mask folder through the bundle as a user meets it, at each picture's own size: Dice at 0.5,
 * whether the answer names the zone of the mask it came with, and how often the mask is empty.
 */
export async function measureValidation(
  model: string,
  data: string,
): Promise<Record<string, Record<string, Tally>>> {
  const examples = (await readExamples(data, { onLeak: () => 'keep' })).filter(
    ({ split }) => split === 'val',
  );
  const segmenter = await loadModel(await bundleFolder(model), nodeRuntime());
  const result: Record<string, Record<string, Tally>> = {};
  for (const [number, example] of examples.entries()) {
    const { picture } = await readPicture(join(data, example.image));
    const masks: Mask[] = [];
    for (const { mask } of example.targets) masks.push(await readMask(join(data, mask)));
    for (const chosen of example.targets.keys()) {
      const scene = {
        modality: example.modality,
        targets: example.targets.map(({ target }, i) => ({ target, mask: masks[i]! })),
        chosen,
      };
      for (const kind of KINDS) {
        const question = makeQuestionOfKind(scene, createRandom(7, kind, number * 8 + chosen), kind);
        // Only every fourth target gets the other kinds: the whole targets are what the table asks for.
        if (question === null || (kind !== 'where' && number % 4 !== 0)) continue;
        const found = await segmenter.segment(picture, question.text);
        const parsed = parseZones(found.answer);
        const agrees = found.present
          ? !parsed.negated && parsed.zones.length === 1 && parsed.zones[0] === found.zones[0]
          : parsed.negated;
        const group = `${example.modality}, ${example.targets[chosen]!.target}`;
        const groups = result[kind] ?? {};
        const before = groups[group] ?? { count: 0, dice: 0, agreeing: 0, empty: 0 };
        groups[group] = {
          count: before.count + 1,
          dice: before.dice + dice(found.mask, question.truth),
          agreeing: before.agreeing + (agrees ? 1 : 0),
          empty: before.empty + (found.present ? 0 : 1),
        };
        result[kind] = groups;
      }
    }
  }
  await segmenter.close();
  return result;
}

function dice(predicted: Mask, truth: Mask): number {
  let overlap = 0;
  let total = 0;
  for (let i = 0; i < truth.data.length; i++) {
    overlap += predicted.data[i]! & truth.data[i]!;
    total += predicted.data[i]! + truth.data[i]!;
  }
  return total === 0 ? 1 : (2 * overlap) / total;
}
