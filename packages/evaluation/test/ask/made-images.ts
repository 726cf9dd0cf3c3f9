import type { Mask } from '@prs-med/imaging';
import { type DatasetImage, describeTarget, encodeRle, type PairRow, rowOfTarget } from '@prs-med/posmed';

export const WIDTH = 40;
export const HEIGHT = 30;

/** A mask of 40 x 30 with these boxes [left, top, width, height]. */
export function boxes(...all: readonly (readonly [number, number, number, number])[]): Mask {
  const data = new Uint8Array(WIDTH * HEIGHT);
  for (const [left, top, width, height] of all) {
    for (let y = top; y < top + height; y++) data.fill(1, y * WIDTH + left, y * WIDTH + left + width);
  }
  return { width: WIDTH, height: HEIGHT, data };
}

/** What a made pair is other than "Where is it?" about the whole target `ID:polyp`. */
export type MadePair = Partial<Omit<PairRow, 'image'>>;

/** An image `made/NAME` of 40 x 30 with targets by name and pairs `made/NAME:q1` and so on. */
export function madeImage(
  name: string,
  targets: Readonly<Record<string, Mask>>,
  pairs: readonly MadePair[] = [{}],
  about: Partial<DatasetImage['image']> = {},
): DatasetImage {
  const id = `made/${name}`;
  const image = {
    id,
    source: 'made',
    modality: 'endoscopy',
    group: `made:${name}`,
    split: 'test' as const,
    file: `${id}.png`,
    width: WIDTH,
    height: HEIGHT,
    sha256: 'a'.repeat(64),
    perceptualHash: 'b'.repeat(16),
    ...about,
  };
  const rows = Object.entries(targets).map(([target, mask]) =>
    rowOfTarget(describeTarget(`${id}:${target}`, target, mask, { rule: 'box' }), {
      image: id,
      maskFile: null,
      rle: encodeRle(mask),
    }),
  );
  const [first = 'polyp'] = Object.keys(targets);
  return {
    image,
    targets: rows,
    pairs: pairs.map((pair, index) => ({
      id: `${id}:q${index + 1}`,
      image: id,
      kind: 'where',
      template: 'made',
      question: 'Where is it?',
      answer: 'It is in the top-left of the image.',
      laterality: 'image',
      target: first,
      askedZones: [],
      askedSide: null,
      askedAll: true,
      zones: ['top-left'],
      targets: [`${id}:${first}`],
      generator: 'made',
      status: 'checked',
      ...pair,
    })),
  };
}
