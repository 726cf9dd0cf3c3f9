import { join } from 'node:path';
import { readMask, readPicture } from '@prs-med/imaging/node';
import {
  type Asked,
  createRandom,
  makeQuestion,
  makeQuestionOfKind,
  type QuestionKind,
} from '@prs-med/posmed';
import { augment, type PictureFormat, prepare, type Source } from '../data/augment.js';
import type { Example } from '../data/index-csv.js';
import { createSampler, type Draw } from '../data/sampler.js';
import { packMask, sourceBytes, toSourcePicture } from '../data/source-picture.js';

/** What makes the samples of a run or of an evaluation; plain data, so that it can go to a worker. */
export interface BatchMakerOptions extends PictureFormat {
  /** Paths of the examples are relative to this. */
  folder: string;
  examples: readonly Example[];
  seed: number;
  /** Memory for decoded pictures; 1 GB by default. */
  cacheBytes?: number;
  /** A run without end of augmented samples, or each target of each example once, as it is in use. */
  mode: { kind: 'training'; balance?: number } | { kind: 'evaluation'; question: 'segment' | 'where' };
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
  kind: QuestionKind;
  modality: string;
  target: string;
}

/** Samples side by side. */
export interface Batch {
  /** Normalised, [samples, 3, size, size]. */
  pictures: Float32Array<ArrayBuffer>;
  /** 0 or 1, [samples, 1, size, size]. */
  masks: Float32Array<ArrayBuffer>;
  samples: SampleInfo[];
  firstSample: number;
}

/** Arrays of an earlier batch, to be written again. */
export interface BatchBuffers {
  pictures: Float32Array<ArrayBuffer>;
  masks: Float32Array<ArrayBuffer>;
}

/** Makes the batches, in the thread that calls it. */
export interface BatchMaker {
  /** Samples of an evaluation; infinite in training. */
  length: number;
  make(firstSample: number, count: number, buffers?: BatchBuffers | null): Promise<Batch>;
}

const DEFAULT_CACHE_BYTES = 2 ** 30;
/** Kept pictures are this much larger than the model's, for zooming in. */
const SOURCE_MARGIN = 1.15;
/** Masks, at a bit a pixel, are kept at up to this many times the model's size. */
const MASK_MARGIN = 4;

/** A maker of batches; the same options and numbers always give the same batch. */
export function createBatchMaker(options: BatchMakerOptions): BatchMaker {
  const { examples, seed, size, mode } = options;
  const draws = mode.kind === 'evaluation' ? listTargets(examples) : null;
  const sampler = draws
    ? null
    : createSampler(examples, { seed, ...(mode.kind === 'training' && { power: mode.balance ?? 0.5 }) });
  const readSource = createSourceReader(options);
  const plane = size * size;

  const writeSample = (draw: Draw, source: Source, index: number, batch: BatchBuffers, slot: number) => {
    const example = examples[draw.example]!;
    const offset = slot * 3 * plane;
    const masks =
      mode.kind === 'evaluation'
        ? prepare(source, options, batch.pictures, offset)
        : augment(
            source,
            example.modality,
            draw.target,
            createRandom(seed, 'augment', index),
            options,
            batch.pictures,
            offset,
          );
    const scene = {
      modality: example.modality,
      targets: example.targets.map(({ target }, position) => ({ target, mask: masks[position]! })),
      chosen: draw.target,
    };
    const random = createRandom(seed, 'question', index);
    const question =
      mode.kind === 'evaluation'
        ? makeQuestionOfKind(scene, random, mode.question)!
        : makeQuestion(scene, random);
    batch.masks.set(question.truth.data, slot * plane);
    const { text, answer, asked, present, kind, target } = question;
    return {
      index,
      example: example.id,
      image: example.image,
      question: text,
      answer,
      asked,
      present,
      kind,
      modality: example.modality,
      target,
    } satisfies SampleInfo;
  };

  return {
    length: draws ? draws.length : Number.POSITIVE_INFINITY,
    async make(firstSample, count, buffers) {
      const samples = draws ? Math.max(0, Math.min(count, draws.length - firstSample)) : count;
      const batch = fitting(buffers, samples, plane);
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

function listTargets(examples: readonly Example[]): Draw[] {
  return examples.flatMap(({ targets }, example) => targets.map((_, target) => ({ example, target })));
}

function fitting(buffers: BatchBuffers | null | undefined, samples: number, plane: number): BatchBuffers {
  if (
    buffers &&
    buffers.masks.length === samples * plane &&
    buffers.pictures.length === samples * 3 * plane
  ) {
    return { pictures: buffers.pictures, masks: buffers.masks };
  }
  return { pictures: new Float32Array(samples * 3 * plane), masks: new Float32Array(samples * plane) };
}

/** Decodes and shrinks an example's files, and keeps them as long as there is room. */
function createSourceReader(options: BatchMakerOptions): (example: number) => Promise<Source> {
  const { folder, examples, size, mode, cacheBytes = DEFAULT_CACHE_BYTES } = options;
  const cache = new Map<number, Source>();
  let left = cacheBytes;
  return async (position) => {
    const cached = cache.get(position);
    if (cached) return cached;
    const example = examples[position]!;
    const { picture } = await readPicture(join(folder, example.image));
    const masks = await Promise.all(
      example.targets.map(async ({ mask: path }) => {
        const mask = await readMask(join(folder, path));
        if (mask.width !== picture.width || mask.height !== picture.height) {
          throw new Error(
            `${join(folder, path)}: the mask has ${mask.width} x ${mask.height} pixels and its image ` +
              `"${example.image}" ${picture.width} x ${picture.height}; make them the same size`,
          );
        }
        return packMask(mask, size * MASK_MARGIN);
      }),
    );
    const limit = Math.round(size * SOURCE_MARGIN);
    const source = {
      picture:
        mode.kind === 'evaluation'
          ? toSourcePicture(picture, size, size)
          : toSourcePicture(picture, Math.min(picture.width, limit), Math.min(picture.height, limit)),
      masks,
    };
    const bytes = sourceBytes(source.picture, masks);
    // Draws are uniform within a group, so that what came first is as good to keep as what came last.
    if (bytes <= left && !cache.has(position)) {
      cache.set(position, source);
      left -= bytes;
    }
    return source;
  };
}
