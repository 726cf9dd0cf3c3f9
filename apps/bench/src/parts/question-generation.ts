import type { Mask } from '@prs-med/imaging';
import { checkPair, createRandom, describeTarget, draftPairs, type Pair, type Scene } from '@prs-med/posmed';
import { readTemplateBank } from '@prs-med/posmed/node';
import { summarize, time } from '../measure.js';
import type { Part, Row } from '../row.js';

const PAIRS = 20_000;
const PER_IMAGE = 8;
const SCENES = PAIRS / PER_IMAGE;
const SIDE = 96;

/** As the shared data has them. */
const PICTURES: readonly (readonly [modality: string, ...targets: string[]])[] = [
  ['endoscopy', 'polyp'],
  ['dermoscopy', 'skin lesion'],
  ['ultrasound', 'breast tumour'],
  ['mri', 'brain tumour'],
  ['x-ray', 'lung'],
  ['ct', 'lung'],
  ['ct', 'lung', 'lung infection'],
];

/** Pairs from the facts of pictures, on one thread: as the embedded generator makes them, and with the parser's check. */
export const questionGeneration: Part = async ({ repetitions }) => {
  const bank = await readTemplateBank();
  const scenes = Array.from({ length: SCENES }, (_, index) => madeScene(index));
  const draft = (scene: Scene, index: number): Pair[] => {
    const random = createRandom(1, 'bench', index);
    return draftPairs(scene, { bank, perImage: PER_IMAGE, use: 'train', laterality: 'image', random });
  };
  const made = scenes.flatMap(draft).length;
  if (made !== PAIRS) throw new Error(`questions: ${made} pairs were made and not ${PAIRS}`);
  const drafted = await time(repetitions, async () => {
    scenes.forEach(draft);
  });
  const checked = await time(repetitions, async () => {
    scenes.forEach((scene, index) => {
      for (const pair of draft(scene, index)) {
        const reason = checkPair(pair, scene);
        if (reason !== null) throw new Error(`questions: "${pair.question}" "${pair.answer}": ${reason}`);
      }
    });
  });
  return [
    row(`${PAIRS} pairs, ${PER_IMAGE} a scene, one thread`, drafted, '1 s'),
    row('the same, each checked by the parser', checked),
  ];
};

function row(what: string, milliseconds: readonly number[], target?: string): Row {
  const seconds = summarize(milliseconds.map((value) => value / 1000));
  return { part: 'questions', what, unit: 's', ...seconds, ...(target === undefined ? {} : { target }) };
}

function madeScene(index: number): Scene {
  const random = createRandom(1, 'scene', index);
  const [modality, ...targets] = PICTURES[index % PICTURES.length]!;
  return {
    modality,
    width: SIDE,
    height: SIDE,
    targets: targets.map((target) => {
      const mask: Mask = { width: SIDE, height: SIDE, data: new Uint8Array(SIDE * SIDE) };
      if (target === 'lung') {
        for (const left of [6, 54]) {
          addRectangle(mask, left + random.integer(6), 10 + random.integer(20), 24, 30 + random.integer(30));
        }
      } else {
        const regions = random.chance(0.7) ? 1 : 2 + random.integer(2);
        for (let region = 0; region < regions; region++) {
          const [across, down] = [6 + random.integer(24), 6 + random.integer(24)];
          addRectangle(mask, random.integer(SIDE - across), random.integer(SIDE - down), across, down);
        }
      }
      return describeTarget(`${index}:${target}`, target, mask);
    }),
  };
}

function addRectangle({ data }: Mask, left: number, top: number, across: number, down: number): void {
  for (let y = top; y < top + down; y++) data.fill(1, y * SIDE + left, y * SIDE + left + across);
}
