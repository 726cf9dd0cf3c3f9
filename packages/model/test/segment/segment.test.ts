import { nodeRuntime } from '@prs-med/autograd/node';
import type { Picture } from '@prs-med/imaging';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  initialParameters,
  loadModel,
  type Model,
  memoryBundle,
  openBundle,
  type Parameters,
  QuestionError,
  readParameters,
  type SegmentResult,
  tiny,
} from '../../src/index.js';
import { maskGraph, runMask } from '../../src/segment/mask-session.js';
import { runVision, visionGraph } from '../../src/segment/vision-session.js';
import { filesOf, tinyParts } from '../tiny-bundle.js';

const runtime = nodeRuntime();
const THREADS = { threads: 1 };

/** A random model whose mask and presence say something: biases are set, and some weights made larger. */
async function parameters(presenceBias: number): Promise<Parameters> {
  const first = new Map(await initialParameters(tiny, 5));
  const change = (name: string, map: (value: number) => number) => {
    const { shape, data } = first.get(name)!;
    first.set(name, { shape, data: data.map(map) });
  };
  change('presence.linear_2.bias', () => presenceBias);
  change('decoder.head.bias', () => 0);
  change('decoder.head.weight', (value) => 30 * value);
  for (const name of first.keys()) {
    if (name.endsWith('lora_B.weight')) {
      const { shape, data } = first.get(name)!;
      first.set(name, { shape, data: data.map((_, i) => 0.2 * Math.sin(i)) });
    }
  }
  return first;
}

const picture = (width: number, height: number): Picture => ({
  width,
  height,
  data: Uint8Array.from(
    { length: width * height * 3 },
    (_, i) => 127 + 120 * Math.sin(i / 40) * Math.cos(i / 700),
  ),
});

const bundle = async (presenceBias: number) =>
  memoryBundle('tiny', await filesOf(await tinyParts(await parameters(presenceBias))));

const shown = ({ answer, present, confidence, zones, regions, mask }: SegmentResult) => ({
  answer,
  present,
  confidence,
  zones,
  regions,
  mask: Buffer.from(mask.data).toString('base64'),
});

let model: Model;
beforeAll(async () => {
  model = await loadModel(await bundle(3), runtime, THREADS);
});
afterAll(() => model.close());

describe('segment', () => {
  it('gives a mask of the picture, regions, zone and an answer', async () => {
    const result = await model.segment(picture(90, 50), 'Where is the polyp?', { maxTokens: 12 });
    expect(result.present).toBe(true);
    expect(result.mask.data).toHaveLength(90 * 50);
    expect(result.probabilities.data).toHaveLength(90 * 50);
    expect(new Set(result.mask.data)).toEqual(new Set([0, 1]));
    expect(result.zones).toHaveLength(1);
    expect(result.regions.length).toBeGreaterThan(0);
    expect(result.confidence).toBeGreaterThan(0.4);
    expect(result.confidence).toBeLessThan(1);
    expect(Object.values(result.milliseconds).every((value) => value >= 0)).toBe(true);
    expect(model.identity).toMatchObject({ name: 'tiny', version: '1.2.3' });
  });

  it('gives the same again, for one call at a time and for several at once', async () => {
    const questions = ['Where is it?', 'Segment the left lung.', 'Where is it?', '病変はどこですか 😀'];
    const ask = (question: string) => model.segment(picture(64, 64), question, { maxTokens: 8 });
    const together = await Promise.all(questions.map(ask));
    for (const [index, question] of questions.entries()) {
      expect(shown(await ask(question))).toEqual(shown(together[index]!));
    }
    expect(shown(together[0]!).mask).not.toEqual(shown(together[1]!).mask);
  });

  it('gives the same for several requests that it answers together', async () => {
    const [one, other] = [picture(64, 64), picture(40, 70)];
    const requests = [
      { picture: one, question: 'Where is it?' },
      { picture: one, question: 'Segment the left lung.' },
      { picture: other, question: 'Where is it?' },
    ];
    const together = await model.segmentTogether(requests, { maxTokens: 8 });
    expect(together).toHaveLength(3);
    for (const [i, request] of requests.entries()) {
      const alone = await model.segment(request.picture, request.question, { maxTokens: 8 });
      expect(shown(together[i]!)).toEqual(shown(alone));
      expect(together[i]!.question).toBe(request.question);
      expect(Object.keys(together[i]!).sort()).toEqual(Object.keys(alone).sort());
    }
    expect(await model.segmentTogether([])).toEqual([]);
    const empty = [...requests, { picture: one, question: ' ' }];
    await expect(model.segmentTogether(empty)).rejects.toThrow(QuestionError);
  });

  it('streams the answer and tells the finding before it', async () => {
    const events: string[] = [];
    const result = await model.segment(picture(64, 64), 'Where is it?', {
      maxTokens: 16,
      onToken: (piece) => events.push(piece),
      onFinding: (finding) => events.push(`zones ${finding.zones.join()}\n`),
    });
    expect(events[0]).toBe(`zones ${result.zones.join()}\n`);
    expect(events.slice(1).join('').trim()).toBe(result.answer);
    expect(events.length).toBeGreaterThan(2);
  });

  it('takes the smallest and odd pictures', async () => {
    for (const [width, height] of [
      [1, 1],
      [1, 300],
      [333, 7],
    ] as const) {
      const { mask } = await model.segment(picture(width, height), 'Where?', { maxTokens: 1 });
      expect([mask.width, mask.height]).toEqual([width, height]);
    }
  });

  it('cuts the mask where the threshold says', async () => {
    const areas: number[] = [];
    for (const threshold of [0.1, 0.5, 0.9]) {
      const { mask } = await model.segment(picture(64, 64), 'Where?', { maxTokens: 1, threshold });
      areas.push(mask.data.reduce((a, b) => a + b, 0));
    }
    expect(areas[0]).toBeGreaterThan(areas[1]!);
    expect(areas[1]).toBeGreaterThan(areas[2]!);
  });

  it('says that nothing is there when presence is below a half, and answers', async () => {
    const absent = await loadModel(await bundle(-6), runtime, THREADS);
    const result = await absent.segment(picture(64, 64), 'Where is it?', { maxTokens: 8 });
    expect(result).toMatchObject({ present: false, zones: [], regions: [] });
    expect(result.confidence).toBeGreaterThan(0.9);
    expect(result.mask.data.every((value) => value === 0)).toBe(true);
    expect(typeof result.answer).toBe('string');
    await absent.close();
  });

  it('stops when it is aborted, with the reason', async () => {
    const reason = new Error('enough');
    await expect(model.segment(picture(8, 8), 'Where?', { signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
    const controller = new AbortController();
    let pieces = 0;
    const running = model.segment(picture(8, 8), 'Where?', {
      signal: controller.signal,
      onToken: () => {
        if (++pieces === 2) controller.abort(reason);
      },
    });
    await expect(running).rejects.toBe(reason);
    expect(pieces).toBe(2);
    expect((await model.segment(picture(8, 8), 'Where?', { maxTokens: 2 })).mask.width).toBe(8);
  });

  it('refuses questions and options that it cannot serve', async () => {
    const ask = (question: string, options = {}) => model.segment(picture(8, 8), question, options);
    await expect(ask('  ')).rejects.toThrow(QuestionError);
    await expect(ask('x'.repeat(1001))).rejects.toThrow(QuestionError);
    // Each is four tokens of the tiny vocabulary.
    await expect(ask('😀'.repeat(200))).rejects.toThrow(/it has 80\d tokens and the model reads at most/);
    await expect(ask('Where?', { threshold: 1 })).rejects.toThrow(RangeError);
    await expect(ask('Where?', { maxTokens: 0 })).rejects.toThrow(RangeError);
  });

  it('reads questions of any length that fits', async () => {
    for (const length of [20, 31, 33, 300]) {
      const result = await model.segment(picture(8, 8), 'x'.repeat(length), { maxTokens: 1 });
      expect(result.mask.width).toBe(8);
    }
  });

  it('cannot be used when closed', async () => {
    const other = await loadModel(await bundle(3), runtime, THREADS);
    const running = other.segment(picture(8, 8), 'Where?', { maxTokens: 4 });
    const closing = other.close();
    await expect(other.segment(picture(8, 8), 'Where?')).rejects.toThrow('the model is closed');
    expect((await running).mask.width).toBe(8);
    await closing;
    await other.close();
  });
});

describe('the mask session', () => {
  it('does not see padding: every bucket gives the same', async () => {
    const own = await readParameters(await openBundle(await bundle(3)));
    const vision = await runtime.load(visionGraph(own, tiny), THREADS);
    const seen = await runVision(
      vision,
      new Float32Array(3 * 64 * 64).map((_, i) => Math.sin(i)),
      tiny,
    );
    const length = 9;
    const state = new Float32Array(length * tiny.language.hidden).map((_, i) => Math.cos(i));
    const states = new Map(tiny.fusion.layersRead.map((layer) => [layer, state]));
    const results = [];
    for (const bucket of [length, 32, 256]) {
      const session = await runtime.load(maskGraph(own, tiny, bucket), THREADS);
      results.push(await runMask(session, seen, states, length, bucket, 0.5, tiny));
      await session.release();
    }
    const [first, ...others] = results;
    for (const other of others) {
      for (const [i, value] of other.probabilities.entries()) {
        expect(Math.abs(value - first!.probabilities[i]!)).toBeLessThan(1e-4);
      }
      expect(other.presence).toBeCloseTo(first!.presence, 5);
    }
    await vision.release();
  });
});
