import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeRuntime } from '@prs-med/autograd/node';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openVisionTower } from '../../src/bundle/read-parts.js';
import { memoryBundle, openBundle, type Preset, paperReleasedTiny, paperTiny } from '../../src/index.js';
import { saveExport } from '../../src/node/index.js';
import { maskGraph, runMask } from '../../src/segment/mask-session.js';
import { regionGraph, runRegions } from '../../src/segment/region-session.js';
import { openTower } from '../../src/segment/tower-session.js';
import { runVision, visionGraph } from '../../src/segment/vision-session.js';
import { worstError } from '../language/reference.js';
import { llavaFiles, llavaParameters, withConfig } from '../llava-bundle.js';

const runtime = nodeRuntime();
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prs-med-llava-onnx-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const waves = (count: number, period: number) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(i / period));

const tensor = (data: Float32Array, shape: readonly number[]) => new ort.Tensor('float32', data, shape);

/** Runs a graph from its file, as a program would that knows only ONNX Runtime. */
async function runFile(path: string, feeds: Record<string, ort.Tensor>) {
  const session = await ort.InferenceSession.create(path, { logSeverityLevel: 3 });
  const known = Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]!]));
  const results = await session.run(known);
  await session.release();
  return results;
}

async function exported(preset: Preset) {
  const parameters = await llavaParameters(preset);
  const files = await withConfig(preset, await llavaFiles(preset, parameters));
  const bundle = await openBundle(memoryBundle(preset.name, files));
  const out = join(folder, preset.name);
  const names = await saveExport(out, bundle, 'onnx');
  const note = await readFile(join(out, 'README.md'), 'utf8');
  const load = async (graph: ReturnType<typeof visionGraph>) => runtime.load(graph, { threads: 1 });
  return {
    parameters,
    bundle,
    names,
    note,
    load,
    run: (name: string, feeds: Record<string, ort.Tensor>) => runFile(join(out, name), feeds),
  };
}

describe('a bundle with LLaVA as ONNX', () => {
  it.each([paperTiny, paperReleasedTiny])('gives the mask and the visual tokens of $name', async (preset) => {
    const { parameters, bundle, names, note, load, run } = await exported(preset);
    const { size } = preset.image;
    const tokens = 40;
    const length = preset.language.visualTokensSide ** 2 + 256;

    const picture = waves(3 * size * size, 37);
    const seen = await run('vision_encoder.onnx', { picture: tensor(picture, [1, 3, size, size]) });
    const towerPicture = waves(3 * 56 * 56, 23);
    const { visual_tokens } = await run('vision_tower.onnx', {
      tower_picture: tensor(towerPicture, [1, 3, 56, 56]),
    });
    const tower = await openTower(await openVisionTower(bundle), parameters, preset, runtime, { threads: 1 });
    const visual = await tower.read(towerPicture);
    await tower.release();
    expect(worstError(visual_tokens!.data as Float32Array, visual)).toBeLessThan(1e-3);

    const states = waves(tokens * preset.language.hidden, 11);
    const padded = new Float32Array(length * preset.language.hidden).fill(7);
    padded.set(states);
    const shared = {
      ...seen,
      [`states_${preset.language.layers}`]: tensor(padded, [1, length, preset.language.hidden]),
      question_mask: tensor(new Float32Array(length).fill(1, 0, tokens), [1, length]),
      threshold_logit: tensor(Float32Array.of(0), [1, 1, 1, 1]),
      threshold_odds: tensor(Float32Array.of(1), [1, 1, 1, 1]),
    };
    const found = await run('mask_decoder.onnx', shared);
    const values = await runVision(await load(visionGraph(parameters, preset)), picture, preset);
    const masks = await load(maskGraph(parameters, preset, length));
    const read = new Map([[preset.language.layers, states]]);
    const expected = await runMask(masks, values, read, tokens, length, 0.5, preset);
    expect(Math.max(...expected.probabilities)).toBeGreaterThan(0);
    expect(worstError(found.probabilities!.data as Float32Array, expected.probabilities)).toBeLessThan(1e-3);
    for (const name of ['tower_picture', 'visual_tokens', `states_${preset.language.layers}`])
      expect(note).toContain(`| \`${name}\` |`);
    expect(note).toContain(`\`hidden_states[${preset.language.layers}]\``);

    const parts = ['vision_encoder', 'vision_tower', 'mask_decoder'];
    if (preset === paperTiny) {
      parts.push('regions');
      const told = await run('regions.onnx', { ...shared, ...found });
      const regions = await load(regionGraph(parameters, preset));
      const region = await runRegions(regions, values, expected.probabilities, 0.5, preset);
      expect(worstError(told.region_tokens!.data as Float32Array, region)).toBeLessThan(1e-3);
    }
    expect(names.filter((name) => name.endsWith('.onnx'))).toEqual(parts.map((part) => `${part}.onnx`));
    expect(names).toContain('tokenizer_config.json');
  });
});
