import { nodeRuntime } from '@prs-med/autograd/node';
import type { Picture } from '@prs-med/imaging';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BundleError,
  exportFiles,
  loadModel,
  type Model,
  memoryBundle,
  openBundle,
  type Preset,
  paperReleasedTiny,
  paperTiny,
  QuestionError,
  type SegmentResult,
  VISION_TOWER_FILE,
} from '../../src/index.js';
import type { Quantization } from '../../src/node/unfinished-shards.js';
import { llavaFiles, llavaParameters, withConfig } from '../llava-bundle.js';

const runtime = nodeRuntime();
const THREADS = { threads: 1 };

const picture = (width: number, height: number): Picture => ({
  width,
  height,
  data: Uint8Array.from(
    { length: width * height * 3 },
    (_, i) => 127 + 120 * Math.sin(i / 40) * Math.cos(i / 700),
  ),
});

const open = async (preset: Preset, quantization?: Quantization) => {
  const files = await llavaFiles(preset, await llavaParameters(preset), quantization);
  return loadModel(memoryBundle('tiny', await withConfig(preset, files)), runtime, THREADS);
};

const shown = ({ answer, present, confidence, zones, regions, mask }: SegmentResult) => ({
  answer,
  present,
  confidence,
  zones,
  regions,
  mask: Buffer.from(mask.data).toString('base64'),
});

describe.each([paperTiny, paperReleasedTiny])('a bundle of $name', (preset) => {
  let model: Model;
  beforeAll(async () => {
    model = await open(preset);
  });
  afterAll(() => model.close());

  it('gives a mask of the picture, its zone and an answer', async () => {
    const result = await model.segment(picture(90, 50), 'Where is the polyp?', { maxTokens: 12 });
    expect(result.present).toBe(true);
    expect(result.mask).toMatchObject({ width: 90, height: 50 });
    expect(new Set(result.mask.data)).toEqual(new Set([0, 1]));
    expect(result.zones).toHaveLength(1);
    expect(result.answer).not.toBe('');
    expect(result.presence).toBeGreaterThan(0.5);
  });

  it('depends on the question and on the picture, in mask and answer', async () => {
    const ask = async (side: number, question: string) =>
      shown(await model.segment(picture(side, 64), question, { maxTokens: 8 }));
    const first = await ask(64, 'Where is it?');
    for (const other of [await ask(64, 'Segment the left lung.'), await ask(40, 'Where is it?')]) {
      expect(other.mask).not.toEqual(first.mask);
      expect(other.answer).not.toEqual(first.answer);
    }
  });

  it('gives the same again, alone, at once and together', async () => {
    const [one, other] = [picture(64, 64), picture(40, 70)];
    const requests = [
      { picture: one, question: 'Where is it?' },
      { picture: other, question: 'Where is it?' },
      { picture: one, question: 'Segment the left lung.' },
    ];
    const ask = (request: (typeof requests)[number]) =>
      model.segment(request.picture, request.question, { maxTokens: 8 });
    const together = await model.segmentTogether(requests, { maxTokens: 8 });
    const atOnce = await Promise.all(requests.map(ask));
    for (const [i, request] of requests.entries()) {
      const alone = shown(await ask(request));
      expect(shown(together[i]!)).toEqual(alone);
      expect(shown(atOnce[i]!)).toEqual(alone);
    }
  });

  it('reads questions of any length that fits, and refuses longer ones', async () => {
    for (const length of [20, 33, 400]) {
      const { mask } = await model.segment(picture(8, 8), 'x'.repeat(length), { maxTokens: 1 });
      expect(mask.width).toBe(8);
    }
    await expect(model.segment(picture(8, 8), 'x'.repeat(480))).rejects.toThrow(QuestionError);
  });

  it('stops when it is aborted, with the reason', async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    let pieces = 0;
    const running = model.segment(picture(8, 8), 'Where?', {
      signal: controller.signal,
      onToken: () => {
        if (++pieces === 2) controller.abort(reason);
      },
    });
    await expect(running).rejects.toBe(reason);
    const early = AbortSignal.abort(reason);
    await expect(model.segment(picture(8, 8), 'Where?', { signal: early })).rejects.toBe(reason);
  });
});

describe('a bundle with LLaVA', () => {
  it('answers with its adapters, and from what it is told of the mask', async () => {
    const [adapted, plain] = await Promise.all(
      [true, false].map(async (has) => {
        const files = await llavaFiles(paperTiny, await llavaParameters(paperTiny, { adapted: has }));
        return loadModel(memoryBundle('tiny', await withConfig(paperTiny, files)), runtime, THREADS);
      }),
    );
    const ask = (model: Model, threshold: number) =>
      model.segment(picture(64, 64), 'Where is it?', { maxTokens: 12, threshold });
    expect((await ask(adapted!, 0.5)).answer).not.toBe((await ask(plain!, 0.5)).answer);
    expect((await ask(adapted!, 0.05)).answer).not.toBe((await ask(adapted!, 0.95)).answer);
    await adapted!.close();
    await plain!.close();
  });

  it.each(['int8', 'none'] as const)(
    'takes a language model whose quantisation is %s too',
    async (quantization) => {
      const model = await open(paperTiny, quantization);
      const { answer } = await model.segment(picture(64, 64), 'Where is it?', { maxTokens: 8 });
      expect(answer).not.toBe('');
      await model.close();
    },
  );

  it('is exported as its adapter', async () => {
    const files = await llavaFiles(paperTiny, await llavaParameters(paperTiny));
    const bundle = await openBundle(memoryBundle('tiny', await withConfig(paperTiny, files)));
    const first = await exportFiles(bundle, 'peft').next();
    expect(first.value?.name).toBe('adapter_config.json');
  });

  it.each([
    ['has no file for its tower', false, `file ${VISION_TOWER_FILE}: config.json does not list it`],
    ['lists a tower that is not there', true, `the bundle has no file ${VISION_TOWER_FILE}`],
  ])('says so when it %s', async (_, listed, problem) => {
    const files = await llavaFiles(paperTiny, await llavaParameters(paperTiny));
    const named = listed ? await withConfig(paperTiny, files) : undefined;
    files.delete(VISION_TOWER_FILE);
    const all = new Map([...(named ?? (await withConfig(paperTiny, files)))]);
    all.delete(VISION_TOWER_FILE);
    const loading = loadModel(memoryBundle('tiny', all), runtime, THREADS);
    await expect(loading).rejects.toThrow(BundleError);
    await expect(loading).rejects.toThrow(problem);
  });
});
