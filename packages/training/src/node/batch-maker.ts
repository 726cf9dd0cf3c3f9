import { join } from 'node:path';
import { readPicture } from '@prs-med/imaging/node';
import {
  type Asked,
  createRandom,
  decodeRle,
  INDIRECT_KINDS,
  maskOfTruth,
  type Pair,
  type PairKind,
} from '@prs-med/posmed';
import { augment, prepare, type Sample, type Source } from '../data/augment.js';
import type { Example } from '../data/example.js';
import { askFreely } from '../data/free-question.js';
import { loosenQuestion } from '../data/loosen-question.js';
import { makePicture } from '../data/made-picture.js';
import type { PictureFormat } from '../data/render.js';
import { createSampler, type Draw, groupTarget } from '../data/sampler.js';
import { type PackedMask, packMask, sourceBytes, toSourcePicture } from '../data/source-picture.js';
import { renderTowerPicture, shrinkForTower, squareForTower } from '../data/tower-picture.js';

/** What makes the samples of a run or of a validation; plain data, so that it can go to a worker. */
export interface BatchMakerOptions extends PictureFormat {
  /** Paths of the examples are relative to this. */
  folder: string;
  examples: readonly Example[];
  seed: number;
  /** What the tower of the language model expects, where it has one: the picture padded to a square. */
  tower?: PictureFormat | undefined;
  /** Memory for decoded pictures; 1 GB by default. */
  cacheBytes?: number;
  /** A run without end of augmented samples, or each target of each example once, as it is in use. */
  mode: { kind: 'training'; targetWeights: Readonly<Record<string, number>> } | { kind: 'validation' };
}

/** What a sample of a batch is about. */
export interface SampleInfo {
  /** Number of the sample in the run. */
  index: number;
  example: string;
  image: string;
  question: string;
  answer: string;
  asked: Asked;
  present: boolean;
  kind: PairKind;
  modality: string;
  target: string;
}

/** Samples side by side. */
export interface Batch {
  /** Normalised, [samples, 3, size, size]. */
  pictures: Float32Array<ArrayBuffer>;
  /** 0 or 1, [samples, 1, size, size]. */
  masks: Float32Array<ArrayBuffer>;
  /** Normalised for the tower of the language model, [samples, 3, its size, its size]; null where it has none. */
  towerPictures: Float32Array<ArrayBuffer> | null;
  samples: SampleInfo[];
  firstSample: number;
}

/** Arrays of an earlier batch, to be written again. */
export type BatchBuffers = Pick<Batch, 'pictures' | 'masks' | 'towerPictures'>;

/** Makes the batches, in the thread that calls it. */
export interface BatchMaker {
  /** Samples of a validation; infinite in training. */
  length: number;
  make(firstSample: number, count: number, buffers?: BatchBuffers | null): Promise<Batch>;
}

const DEFAULT_CACHE_BYTES = 2 ** 30;
/** Kept pictures are this much larger than the model's, for zooming in. */
const SOURCE_MARGIN = 1.15;
/** Masks, at a bit a pixel, are kept at up to this many times the model's size. */
const MASK_MARGIN = 4;
/** How often a question is put in words that no template has. */
const FREE_PROBABILITY = 0.3;
/** How often a question about what is not there is asked of a picture that is no medical one. */
const MADE_PROBABILITY = 0.25;

/** A maker of batches; the same options and numbers always give the same batch. */
export function createBatchMaker(options: BatchMakerOptions): BatchMaker {
  const { examples, seed, size, mode, tower } = options;
  const draws = mode.kind === 'validation' ? drawWholeTargets(examples) : null;
  const sampler =
    mode.kind === 'training' ? createSampler(examples, { seed, targetWeights: mode.targetWeights }) : null;
  const readSource = createSourceReader(options);
  const plane = size * size;

  /** The example's, or in its place a picture that no medical one is. */
  const chooseSource = ({ source }: LoadedSource, pair: Pair, index: number): Source => {
    if (mode.kind === 'validation' || pair.kind !== 'absent-target') return source;
    const random = createRandom(seed, 'made', index);
    if (!random.chance(MADE_PROBABILITY)) return source;
    const picture = makePicture(random);
    return { ...source, picture, towerPicture: picture };
  };

  const writePictures = (
    loaded: LoadedSource,
    pair: Pair,
    index: number,
    batch: BatchBuffers,
    slot: number,
  ): Sample => {
    const source = chooseSource(loaded, pair, index);
    const truth = loaded.truthOf(pair);
    const [out, offset] = [batch.pictures, slot * 3 * plane];
    const view =
      mode.kind === 'validation'
        ? prepare(source, pair, truth, options, out, offset)
        : augment(source, pair, truth, createRandom(seed, 'augment', index), options, out, offset);
    if (tower !== undefined) {
      const at = slot * towerLength(tower);
      renderTowerPicture(source.towerPicture!, view.warp, view.colour, tower, batch.towerPictures!, at);
    }
    return view;
  };

  const reword = (pair: Pair, modality: string, index: number): string => {
    const random = createRandom(seed, 'question', index);
    const free = random.chance(FREE_PROBABILITY) ? askFreely(pair, modality, random) : null;
    return free ?? loosenQuestion(pair.question, random);
  };

  const writeSample = (
    draw: Draw,
    loaded: LoadedSource,
    index: number,
    batch: BatchBuffers,
    slot: number,
  ) => {
    const example = examples[draw.example]!;
    const { pair, truth } = writePictures(loaded, example.pairs[draw.pair]!, index, batch, slot);
    batch.masks.set(truth.data, slot * plane);
    const question = mode.kind === 'validation' ? pair.question : reword(pair, example.modality, index);
    return {
      index,
      example: example.id,
      image: example.image,
      question,
      answer: pair.answer,
      asked: pair.asked,
      present: pair.truth.length > 0,
      kind: pair.kind,
      modality: example.modality,
      target: groupTarget(example, draw.pair),
    } satisfies SampleInfo;
  };

  return {
    length: draws ? draws.length : Number.POSITIVE_INFINITY,
    async make(firstSample, count, buffers) {
      const samples = draws ? Math.max(0, Math.min(count, draws.length - firstSample)) : count;
      const batch = fitting(buffers, samples, options);
      const drawn = Array.from({ length: samples }, (_, slot) =>
        draws ? draws[firstSample + slot]! : sampler!.draw(firstSample + slot),
      );
      const sources = await Promise.all(drawn.map(({ example }) => readSource(example)));
      const infos = drawn.map((draw, slot) =>
        writeSample(draw, sources[slot]!, firstSample + slot, batch, slot),
      );
      return { ...batch, samples: infos, firstSample };
    },
  };
}

/** For each target that is there the first pair that asks for the whole of it wherever it is, and names it where one does. */
function drawWholeTargets(examples: readonly Example[]): Draw[] {
  return examples.flatMap(({ targets, pairs }, example) =>
    targets.flatMap(({ id }) => {
      const asking = [...pairs.entries()].filter(
        ([, { asked, truth }]) => asked.all && truth.length === 1 && truth[0] === id,
      );
      const [pair] = asking.find(([, { kind }]) => !INDIRECT_KINDS.has(kind)) ?? asking[0] ?? [];
      return pair === undefined ? [] : [{ example, pair }];
    }),
  );
}

const towerLength = ({ size }: PictureFormat): number => 3 * size * size;

function fitting(
  buffers: BatchBuffers | null | undefined,
  samples: number,
  { size, tower }: BatchMakerOptions,
): BatchBuffers {
  const plane = size * size;
  const towerTotal = tower === undefined ? 0 : samples * towerLength(tower);
  if (
    buffers &&
    buffers.masks.length === samples * plane &&
    buffers.pictures.length === samples * 3 * plane &&
    (buffers.towerPictures?.length ?? 0) === towerTotal
  ) {
    const { pictures, masks, towerPictures } = buffers;
    return { pictures, masks, towerPictures };
  }
  return {
    pictures: new Float32Array(samples * 3 * plane),
    masks: new Float32Array(samples * plane),
    towerPictures: tower === undefined ? null : new Float32Array(towerTotal),
  };
}

/** The arrays of a batch, to be handed from thread to thread. */
export const arraysOf = ({ pictures, masks, towerPictures }: BatchBuffers): ArrayBuffer[] => [
  pictures.buffer,
  masks.buffer,
  ...(towerPictures === null ? [] : [towerPictures.buffer]),
];

interface LoadedSource {
  readonly source: Source;
  readonly truthOf: (pair: Pair) => PackedMask;
}

/** Decodes and shrinks an example's files, and keeps them as long as there is room. */
function createSourceReader(options: BatchMakerOptions): (example: number) => Promise<LoadedSource> {
  const { examples, cacheBytes = DEFAULT_CACHE_BYTES } = options;
  const cache = new Map<number, LoadedSource>();
  let left = cacheBytes;
  return async (position) => {
    const cached = cache.get(position);
    if (cached) return cached;
    const { loaded, bytes } = await loadSource(examples[position]!, options);
    // Draws are uniform within a group, so that what came first is as good to keep as what came last.
    if (bytes <= left && !cache.has(position)) {
      cache.set(position, loaded);
      left -= bytes;
    }
    return loaded;
  };
}

async function loadSource(
  example: Example,
  { folder, size, mode, tower }: BatchMakerOptions,
): Promise<{ loaded: LoadedSource; bytes: number }> {
  const { image, width, height, modality, zoneRule } = example;
  const { picture } = await readPicture(join(folder, image));
  if (picture.width !== width || picture.height !== height) {
    throw new Error(
      `${join(folder, image)}: it has ${picture.width} x ${picture.height} pixels and the data set says ` +
        `${width} x ${height}; build the data set again`,
    );
  }
  const masks = new Map(example.targets.map(({ id, rle }) => [id, decodeRle(rle, width, height)]));
  const pack = (mask: Parameters<typeof packMask>[0]) => packMask(mask, size * MASK_MARGIN);
  const keyOf = ({ truth }: Pair) => truth.join();
  // Regions are numbered at the mask's own size, so their union is made before it is reduced.
  const truths = new Map(
    example.pairs.map((pair) => [keyOf(pair), pack(maskOfTruth(pair.truth, masks, width, height))]),
  );
  const limit = Math.round(size * SOURCE_MARGIN);
  const source: Source = {
    modality,
    zoneRule,
    picture:
      mode.kind === 'validation'
        ? toSourcePicture(picture, size, size)
        : toSourcePicture(picture, Math.min(width, limit), Math.min(height, limit)),
    ...(tower !== undefined && {
      towerPicture:
        mode.kind === 'validation'
          ? squareForTower(picture, tower)
          : shrinkForTower(picture, tower.size * SOURCE_MARGIN),
    }),
    targets: example.targets.map(({ id, target }) => ({ id, target, mask: pack(masks.get(id)!) })),
  };
  const kept = [...source.targets.map(({ mask }) => mask), ...truths.values()];
  return {
    loaded: { source, truthOf: (pair) => truths.get(keyOf(pair))! },
    bytes: sourceBytes([source.picture, ...(source.towerPicture ? [source.towerPicture] : [])], kept),
  };
}
