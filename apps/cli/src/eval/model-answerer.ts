import type { Answer, Answerer, AskedImage } from '@prs-med/evaluation';
import type { Picture } from '@prs-med/imaging';
import type { SegmentResult } from '@prs-med/model';
import type { PairRow } from '@prs-med/posmed';
import { openModel } from '../segment/open-model.js';

/** Pictures whose answers are made side by side. */
const IMAGES_TOGETHER = 12;
/** Pixels of all maps that are made side by side; they are in memory together. */
const MOST_PIXELS = 16_000_000;

/** A question and its picture, which is decoded once for all its questions. */
interface AskedPair {
  readonly pair: PairRow;
  readonly image: AskedImage;
}

/** A bundle as it is in use, its answers made side by side. */
export async function modelAnswerer(
  options: Parameters<typeof openModel>[0],
  signal: AbortSignal,
): Promise<Answerer> {
  const model = await openModel(options, signal);
  return {
    subject: { kind: 'model', ...model.identity },
    imagesTogether: IMAGES_TOGETHER,
    async answer(asked, during, keep) {
      for (const some of inPortions(asked)) {
        const pictures = await decode(some);
        const requests = some.map(({ pair, image }) => ({
          picture: pictures.get(image)!,
          question: pair.question,
        }));
        const results = await model.segmentTogether(requests, { signal: during });
        for (const [i, { pair }] of some.entries()) await keep(pair, answerOf(results[i]!));
      }
    },
    close: () => model.close(),
  };
}

/** Pairs whose maps fit in memory together; at least one at a time. */
function* inPortions(asked: readonly AskedImage[]): Generator<AskedPair[]> {
  let portion: AskedPair[] = [];
  let pixels = 0;
  for (const image of asked) {
    const own = image.image.width * image.image.height;
    for (const pair of image.pairs) {
      if (portion.length > 0 && pixels + own > MOST_PIXELS) {
        yield portion;
        portion = [];
        pixels = 0;
      }
      portion.push({ pair, image });
      pixels += own;
    }
  }
  if (portion.length > 0) yield portion;
}

async function decode(pairs: readonly AskedPair[]): Promise<Map<AskedImage, Picture>> {
  const images = [...new Set(pairs.map(({ image }) => image))];
  const pictures = await Promise.all(images.map(({ picture }) => picture()));
  return new Map(images.map((image, i) => [image, pictures[i]!]));
}

function answerOf(result: SegmentResult): Answer {
  const { answer, present, presence, zones, probabilities, milliseconds } = result;
  return {
    text: answer,
    present,
    // Where the mask was turned down although the target is likely, as when it lies in another place, it is undecided.
    presence: present ? presence : Math.min(presence, 0.5),
    zones,
    map: probabilities,
    milliseconds: Object.values(milliseconds).reduce((sum: number, value) => sum + value, 0),
  };
}
