// First: it must be set when the library is loaded.
import '../src/node/no-telemetry.js';

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { afterAll, describe, expect, it } from 'vitest';
import * as ag from '../src/index.js';
import { nodeRuntime, saveGraph } from '../src/node/index.js';

const folder = await mkdtemp(join(tmpdir(), 'prs-med-graph-'));
afterAll(() => rm(folder, { recursive: true }));

describe('saveGraph', () => {
  it('writes a model and its weights that stock ONNX Runtime loads from the file', async () => {
    const weight = (seed: number) =>
      ag.constant(
        Float32Array.from({ length: 40 * 30 }, (_, i) => Math.sin(i + seed)),
        [40, 30],
      );
    const x = ag.input('x', [2, 30]);
    const out = ag.linear(ag.relu(ag.linear(x, weight(1))), ag.transpose(weight(2), [1, 0]));
    const path = join(folder, 'model.onnx');
    await saveGraph(path, { out });
    expect((await readdir(folder)).sort()).toEqual(['model.onnx', 'model.onnx.data']);
    const data = Float32Array.from({ length: 60 }, (_, i) => Math.cos(i));
    const saved = await ort.InferenceSession.create(path);
    const fromFile = await saved.run({ x: new ort.Tensor('float32', data, [2, 30]) });
    const session = await nodeRuntime().load(ag.compile({ out }));
    const { out: expected } = await session.run({ x: { type: 'float32', shape: [2, 30], data } });
    expect(fromFile.out!.data).toEqual(expected!.data);
  });
});
