import * as ag from '@prs-med/autograd';
import { nodeRuntime } from '@prs-med/autograd/node';
import { type Picture, toTensor } from '@prs-med/imaging';
import {
  clipPicture,
  imageNormalization,
  llavaConfigOf,
  loadModel,
  type Model,
  memoryBundle,
  openBundle,
  paperTiny,
  readLanguageCheckpoint,
  readParameters,
  readTokenizer,
  readVisionTower,
  type Tokenizer,
} from '@prs-med/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { llavaFiles, llavaParameters, withConfig } from '../../model/test/llava-bundle.js';
import { type Conversation, conversationOf } from '../src/conversation.js';
import { floats, padded, tokenMask } from '../src/feeds.js';
import { buildTraining, frozenScope } from '../src/stages.js';
import { wholeValues } from './tiny-llava.js';

const QUESTION = 'Where is the polyp?';
const QUESTION_TOKENS = 50;
const ANSWER_TOKENS = 9;
const side = paperTiny.image.size;
const runtime = nodeRuntime();

// Of the encoder's own size, so that masks need no resizing to be compared; the tower sees it smaller.
const picture: Picture = {
  width: side,
  height: side,
  data: Uint8Array.from({ length: side * side * 3 }, (_, i) => 127 + 120 * Math.sin(i / 40)),
};

let model: Model;
let tokenizer: Tokenizer;
let conversation: Conversation;
let session: ag.Session;

/** What the training graph gives for an answer that begins with these tokens. */
async function train(answer: readonly number[]): Promise<{ shown: Float32Array; logits: Float32Array }> {
  const { mean, deviation } = imageNormalization(paperTiny);
  const { vision } = llavaConfigOf(paperTiny);
  const ids = conversation.questionIds(QUESTION);
  const tower = [1, 3, vision.imageSize, vision.imageSize];
  const { shown, answerLogits } = await session.run({
    pictures: floats([1, 3, side, side], toTensor(picture, side, mean, deviation)),
    towerPictures: floats(tower, clipPicture(picture, vision)),
    masks: floats([1, 1, side, side], new Float32Array(side * side)),
    showTruth: floats([1], Float32Array.of(0)),
    questionIds: padded([ids], QUESTION_TOKENS, 0n),
    questionMask: tokenMask([ids.length], QUESTION_TOKENS),
    answerIds: padded([answer], ANSWER_TOKENS - 1, 0n),
  });
  return { shown: shown!.data as Float32Array, logits: answerLogits!.data as Float32Array };
}

describe.each(['int4', 'int8'] as const)('training and use of a LLaVA in %s', (quantization) => {
  beforeAll(async () => {
    const files = await llavaFiles(paperTiny, await llavaParameters(paperTiny), quantization);
    const source = memoryBundle('tiny', await withConfig(paperTiny, files));
    model = await loadModel(source, runtime, { threads: 1 });
    const bundle = await openBundle(source);
    tokenizer = await readTokenizer(bundle);
    conversation = conversationOf(paperTiny, tokenizer);
    const checkpoint = await readLanguageCheckpoint(bundle);
    const values = await wholeValues({ checkpoint, tower: await readVisionTower(bundle) });
    for (const [name, { data }] of await readParameters(bundle)) values.set(name, data);
    const batch = { samples: 1, questionTokens: QUESTION_TOKENS, answerTokens: ANSWER_TOKENS };
    const { outputs } = buildTraining(frozenScope(new Map(), values), paperTiny, batch, 2, conversation);
    const { shown, answerLogits } = outputs;
    const graph = ag.compile({ shown: shown!, answerLogits: answerLogits! });
    session = await runtime.load(graph, { threads: 1 });
  });
  afterAll(async () => {
    await session.release();
    await model.close();
  });

  it('give the same mask and the same answer for the same bundle', async () => {
    const used = await model.segment(picture, QUESTION, { maxTokens: ANSWER_TOKENS });
    const answer: number[] = [];
    let trained = await train(answer);
    for (let at = 0; at < ANSWER_TOKENS; at++) {
      const { vocabulary } = paperTiny.language;
      const logits = trained.logits.subarray(at * vocabulary, (at + 1) * vocabulary);
      answer.push(logits.indexOf(Math.max(...logits)));
      if (at + 1 < ANSWER_TOKENS) trained = await train(answer);
    }
    expect(used.present).toBe(true);
    expect(used.answer).toBe(tokenizer.decode(answer).trim());
    expect(new Set(answer).size).toBeGreaterThan(2);
    for (const [i, probability] of used.probabilities.data.entries())
      expect(Math.abs(probability - trained.shown[i]!)).toBeLessThan(1e-4);
  });
});
