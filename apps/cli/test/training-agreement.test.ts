import { join } from 'node:path';
import * as ag from '@prs-med/autograd';
import { nodeRuntime } from '@prs-med/autograd/node';
import { type Picture, toTensor } from '@prs-med/imaging';
import {
  dequantizeBase,
  imageNormalization,
  initialParameters,
  loadModel,
  type Model,
  openBundle,
  type Parameter,
  questionIds,
  readLanguageBase,
  readParameters,
  readTokenizer,
  suffixIds,
  type Tokenizer,
  tiny,
} from '@prs-med/model';
import { bundleFolder, saveBundle } from '@prs-med/model/node';
import { buildTraining, frozenScope, padded, tokenMask } from '@prs-med/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workFolder } from './command.js';

const QUESTION = 'Where is the polyp?';
const ANSWER_TOKENS = 9;
const side = tiny.image.size;
const runtime = nodeRuntime();
const folder = await workFolder();

const picture: Picture = {
  width: side,
  height: side,
  data: Uint8Array.from(
    { length: side * side * 3 },
    (_, i) => 127 + 120 * Math.sin(i / 40) * Math.cos(i / 700),
  ),
};

/** The tiny bundle with adapters, mask and presence that do something. */
function liven(parameters: ReadonlyMap<string, Parameter>): Map<string, Parameter> {
  const scales: Readonly<Record<string, number>> = { 'decoder.head.weight': 30, 'regions.norm.weight': 3 };
  return new Map(
    [...parameters].map(([name, { shape, data }]) => {
      if (name === 'decoder.head.bias') return [name, { shape, data: data.map(() => 0) }];
      // A question that asks for no place: parts elsewhere are taken away in use only.
      if (name === 'fusion.asked.bias') return [name, { shape, data: data.map(() => -50) }];
      if (name.endsWith('lora_B.weight'))
        return [name, { shape, data: data.map((_, i) => 0.2 * Math.sin(i)) }];
      return [name, { shape, data: data.map((value) => value * (scales[name] ?? 1)) }];
    }),
  );
}

let model: Model;
let tokenizer: Tokenizer;
let graph: ag.Session;
beforeAll(async () => {
  const first = await openBundle(await bundleFolder(join(folder, 'tiny')));
  const language = await readLanguageBase(first);
  await saveBundle(join(folder, 'lively'), {
    description: { ...first.config, trained: true },
    language,
    tokenizer: new Map([['tokenizer.json', await first.text('tokenizer.json')]]),
    trained: liven(await initialParameters(tiny, 5)),
  });
  const source = await bundleFolder(join(folder, 'lively'));
  model = await loadModel(source, runtime, { threads: 1 });
  const bundle = await openBundle(source);
  tokenizer = await readTokenizer(bundle);
  const values = new Map([...(await readParameters(bundle))].map(([name, { data }]) => [name, data]));
  for (const [name, data] of await dequantizeBase(await readLanguageBase(bundle)))
    values.set(`language.${name}`, data);
  const batch = { samples: 1, questionTokens: 30, answerTokens: ANSWER_TOKENS };
  const layout = { openingIds: [], suffixIds: suffixIds(tokenizer) };
  const { outputs } = buildTraining(frozenScope(new Map(), values), tiny, batch, 2, layout);
  graph = await runtime.load(ag.compile(outputs), { threads: 1 });
});
afterAll(async () => {
  await graph.release();
  await model.close();
});

/** What the training graph gives for an answer that begins with these tokens. */
async function train(answer: readonly number[]): Promise<Record<string, Float32Array>> {
  const { mean, deviation } = imageNormalization(tiny);
  const ids = [questionIds(tokenizer, QUESTION)];
  const pixels = toTensor(picture, side, mean, deviation);
  const values = await graph.run({
    pictures: { type: 'float32', shape: [1, 3, side, side], data: pixels },
    masks: { type: 'float32', shape: [1, 1, side, side], data: new Float32Array(side * side) },
    showTruth: { type: 'float32', shape: [1], data: Float32Array.of(0) },
    questionIds: padded(ids, 30, 0n),
    questionMask: tokenMask([ids[0]!.length], 30),
    answerIds: padded([answer], ANSWER_TOKENS - 1, 0n),
  });
  return Object.fromEntries(Object.entries(values).map(([name, { data }]) => [name, data as Float32Array]));
}

describe('training and use', () => {
  it('give the same mask and the same answer for the same weights', async () => {
    const used = await model.segment(picture, QUESTION, { maxTokens: ANSWER_TOKENS });
    const answer: number[] = [];
    let trained = await train(answer);
    for (let at = 0; at < ANSWER_TOKENS; at++) {
      const logits = trained.answerLogits!.subarray(at * 320, (at + 1) * 320);
      answer.push(logits.indexOf(Math.max(...logits)));
      if (at + 1 < ANSWER_TOKENS) trained = await train(answer);
    }
    expect(used.present).toBe(true);
    expect(used.answer).toBe(tokenizer.decode(answer).trim());
    expect(new Set(answer).size).toBeGreaterThan(2);
    for (const [i, probability] of used.probabilities.data.entries()) {
      expect(Math.abs(probability - trained.shown![i]!)).toBeLessThan(1e-4);
    }
  });

  it('do not let the true answer change the mask', async () => {
    const one = await train(tokenizer.encode('top-left'));
    const other = await train(tokenizer.encode('no polyp'));
    expect(one.answerLogits).not.toEqual(other.answerLogits);
    for (const name of ['logits', 'presence', 'asked']) expect(one[name]).toEqual(other[name]);
  });
});
