import type { Session } from '@prs-med/autograd';
import type { Picture } from '@prs-med/imaging';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LanguageModel, paperTiny, type Tokenizer } from '../../src/index.js';
import { readCheckpointWeights } from '../../src/language/checkpoint-weights.js';
import { loadCheckpointLanguageModel } from '../../src/language/language-model.js';
import { llavaShapes } from '../../src/llava/llava.js';
import { matchLlavaTensors } from '../../src/llava/names.js';
import { llavaPromptReader } from '../../src/segment/llava-prompt.js';
import type { PromptReader } from '../../src/segment/prompt-reader.js';
import { openTower, type Tower } from '../../src/segment/tower-session.js';
import { visionGraph } from '../../src/segment/vision-session.js';
import { runtime, worstError } from '../language/reference.js';
import { expected, expectedTensor, goldenPicture, llavaTiny, valuesOf } from '../llava/tiny-llava.js';
import { llavaParameters } from '../llava-bundle.js';

const THREADS = { threads: 1 };

/** A tokenizer that knows the golden prompt. */
const tokenizer = {
  startToken: expected.tokens_before_image[0],
  endToken: 2,
  encode: (text: string) =>
    text === '[INST] ' ? expected.tokens_before_image.slice(1) : expected.tokens_after_image,
} as unknown as Tokenizer;

const picture = (value: number): Picture => ({ width: 2, height: 1, data: new Uint8Array(6).fill(value) });

/** How often each encoder has run. */
const runs = { vision: 0, tower: 0 };

let language: LanguageModel;
let vision: Session;
let tower: Tower;
let reader: PromptReader;

beforeAll(async () => {
  const { config, file } = await llavaTiny();
  const parameters = await llavaParameters(paperTiny);
  const golden = matchLlavaTensors(llavaShapes(config), file);
  const values = await valuesOf(golden);
  const own = new Map([...golden].map(([name, { shape }]) => [name, { shape, data: values.get(name)! }]));
  vision = await runtime.load(visionGraph(parameters, paperTiny), THREADS);
  tower = await openTower(golden, own, paperTiny, runtime, THREADS);
  language = await loadCheckpointLanguageModel(
    readCheckpointWeights(file, config.language),
    undefined,
    { layersRead: paperTiny.fusion.layersRead, session: THREADS },
    runtime,
  );
  reader = llavaPromptReader({
    preset: paperTiny,
    tokenizer,
    vision: {
      ...vision,
      run(feeds) {
        runs.vision++;
        return vision.run(feeds);
      },
    },
    tower: {
      ...tower,
      read() {
        runs.tower++;
        // The golden picture is no picture of whole numbers: it takes the place of the one that is shown.
        return tower.read(goldenPicture());
      },
    },
    language,
  });
});
afterAll(async () => {
  await reader.release();
  await vision.release();
  await language.release();
});

it('has the visual tokens of PyTorch, one layer after the other', async () => {
  const tokens = await tower.read(goldenPicture());
  expect(worstError(tokens, await expectedTensor('projected'))).toBeLessThan(2e-3);
});

describe('a prompt of LLaVA', () => {
  it("has PyTorch's hidden states, all of them, and its greedy answer", async () => {
    const prompt = await (await reader.see(picture(1))).read('Where is it?');
    expect(prompt.length).toBe(27);
    expect(worstError(prompt.states.get(3)!, await expectedTensor('hidden_after_norm'))).toBeLessThan(2e-3);
    const maxTokens = expected.greedy_ids.length;
    const context = language.fork(prompt.context, prompt.length + maxTokens);
    const lastState = language.lastState(prompt.states);
    expect(await language.generate(context, lastState, { maxTokens })).toEqual(expected.greedy_ids);
  });

  it('counts what it takes', async () => {
    const seen = await reader.see(picture(1));
    const { length } = await seen.read('Where is it?');
    expect(reader.otherTokens + reader.countTokens('Where is it?')).toBe(length);
    expect(reader.promptLengths).toEqual([20 + 32, 20 + 256, 512]);
    expect(reader.stopToken).toBe(2);
    const regions = Float32Array.of(1, 2);
    expect(seen.beforeAnswer(regions)).toEqual(regions);
  });

  it('runs both encoders once for a picture that is asked about again, by whatever object', async () => {
    await reader.see(picture(7));
    const before = { ...runs };
    await Promise.all([reader.see(picture(7)), reader.see(picture(7))]);
    expect(runs).toEqual(before);
    await reader.see(picture(8));
    await reader.see({ ...picture(8), width: 1, height: 2 });
    expect(runs).toEqual({ vision: before.vision + 2, tower: before.tower + 2 });
  });
});
