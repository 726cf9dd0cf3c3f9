import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeRuntime } from '@prs-med/autograd/node';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  initialParameters,
  loadLanguageModel,
  memoryBundle,
  openBundle,
  type Parameter,
  readLanguageBase,
} from '../../src/index.js';
import { saveExport } from '../../src/node/index.js';
import { loraOf } from '../../src/segment/language-session.js';
import { maskGraph, runMask } from '../../src/segment/mask-session.js';
import { regionGraph, runRegions } from '../../src/segment/region-session.js';
import { runVision, visionGraph } from '../../src/segment/vision-session.js';
import { worstError } from '../language/reference.js';
import { filesOf, tinyParts } from '../tiny-bundle.js';

const runtime = nodeRuntime();
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prs-med-onnx-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const floats = (data: ArrayLike<number>, shape: readonly number[]) =>
  new ort.Tensor('float32', Float32Array.from(data), shape);

/** Runs a graph from its file, as a program would that knows only ONNX Runtime. */
async function runFile(file: string, feeds: Record<string, ort.Tensor>) {
  const session = await ort.InferenceSession.create(join(folder, 'out', file), { logSeverityLevel: 3 });
  const known = Object.fromEntries(
    Object.entries(feeds).filter(([name]) => session.inputNames.includes(name)),
  );
  expect(Object.keys(known).sort()).toEqual([...session.inputNames].sort());
  const results = await session.run(known);
  await session.release();
  return results;
}

describe('a bundle as ONNX', () => {
  it('gives the same mask and tokens from the files alone', async () => {
    // Untrained, B is zero and LoRA would not be seen, and the mask would be empty.
    const parameters = new Map<string, Parameter>();
    for (const [name, parameter] of await initialParameters((await tinyParts()).description.preset, 1)) {
      const data = parameter.data.map((value, i) => (name.includes('lora_B') ? 0.2 * Math.sin(i) : value));
      parameters.set(name, { ...parameter, data: name === 'decoder.head.bias' ? data.map(() => 0.1) : data });
    }
    const parts = await tinyParts(parameters);
    const { preset } = parts.description;
    const bundle = await openBundle(memoryBundle('tiny', await filesOf(parts)));
    const names = await saveExport(join(folder, 'out'), bundle, 'onnx');
    expect((await readdir(join(folder, 'out'))).sort()).toEqual([...names].sort());

    const picture = Float32Array.from({ length: 3 * 64 * 64 }, (_, i) => Math.sin(i / 37));
    const ids = [1, 40, 7, 119, 12];
    const length = 256;
    const seen = await runFile('vision_encoder.onnx', { picture: floats(picture, [1, 3, 64, 64]) });
    const padded = BigInt64Array.from({ length }, (_, i) => BigInt(ids[i] ?? 9));
    const read = await runFile('question_reader.onnx', {
      input_ids: new ort.Tensor('int64', padded, [1, length]),
    });
    const shared = {
      ...seen,
      ...read,
      question_mask: floats(new Float32Array(length).fill(1, 0, ids.length), [1, length]),
      threshold_logit: floats([0], [1, 1, 1, 1]),
      threshold_odds: floats([1], [1, 1, 1, 1]),
    };
    const found = await runFile('mask_decoder.onnx', shared);
    const told = await runFile('regions.onnx', { ...shared, ...found });

    const base = await readLanguageBase(bundle);
    const language = await loadLanguageModel(
      base,
      loraOf(parameters, preset),
      { layersRead: preset.fusion.layersRead },
      runtime,
    );
    const states = await language.extend(language.begin(ids.length), language.embed(ids), ids.length);
    for (const layer of preset.fusion.layersRead) {
      const ours = states.get(layer)!;
      const theirs = read[`states_${layer}`]!.data as Float32Array;
      expect(worstError(theirs.subarray(0, ours.length), ours)).toBeLessThan(1e-4);
    }
    const load = async (graph: ReturnType<typeof visionGraph>) => runtime.load(graph, { threads: 1 });
    const values = await runVision(await load(visionGraph(parameters, preset)), picture, preset);
    const masks = await load(maskGraph(parameters, preset, 32));
    const expected = await runMask(masks, values, states, ids.length, 32, 0.5, preset);
    const probabilities = found.probabilities!.data as Float32Array;
    expect(Math.max(...expected.probabilities)).toBeGreaterThan(0.5);
    expect(worstError(probabilities, expected.probabilities)).toBeLessThan(1e-3);
    expect(worstError(found.asked!.data as Float32Array, expected.asked)).toBeLessThan(1e-3);
    const regions = await load(regionGraph(parameters, preset));
    const tokens = await runRegions(regions, values, expected.probabilities, 0.5, preset);
    expect(worstError(told.region_tokens!.data as Float32Array, tokens)).toBeLessThan(1e-3);
    await language.release();

    const note = await readFile(join(folder, 'out', 'README.md'), 'utf8');
    for (const name of [
      ...Object.keys(shared),
      ...Object.keys(found),
      ...Object.keys(told),
      'picture',
      'input_ids',
    ])
      expect(note).toContain(`| \`${name}\` |`);
    expect(note).toContain('| in | `picture` | float32 | 1 x 3 x 64 x 64 | red, green, blue of the picture');
  });
});
