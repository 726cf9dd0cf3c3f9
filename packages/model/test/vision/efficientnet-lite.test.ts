import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as ag from '@prs-med/autograd';
import { nodeRuntime } from '@prs-med/autograd/node';
import { readPytorch, readSafetensors, type TensorFile, toFloat32 } from '@prs-med/nn';
import { openFile } from '@prs-med/nn/node';
import { describe, expect, it } from 'vitest';
import { efficientNetLite, efficientNetLite0, initialParameters, small } from '../../src/index.js';
import { constantScope } from '../../src/segment/parameter-constants.js';

const weights = process.env.PRS_MED_EFFICIENTNET_PTH;

/** Which channels, rows and columns the golden file has of each stride. */
const EVERY = { 2: 8, 4: 4, 8: 2, 16: 1, 32: 1 } as const;

function probe(length: number, seed: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.fround(Math.sin(i * 0.37 + seed)) * 0.8);
}

async function golden(): Promise<TensorFile> {
  return readSafetensors(
    await openFile(fileURLToPath(new URL('../fixtures/small_towers.safetensors', import.meta.url))),
  );
}

describe('EfficientNet-Lite0', () => {
  if (weights === undefined || !existsSync(weights)) {
    it.skip('agrees with PyTorch: set PRS_MED_EFFICIENTNET_PTH to efficientnet-lite0-57934424.pth', () =>
      undefined);
    return;
  }

  it('agrees with PyTorch within 1e-3 of the standard deviation', async () => {
    const parameters = await initialParameters(small, 1, await readPytorch(await openFile(weights)));
    const scope = constantScope(parameters).at('vision_encoder');
    const features = efficientNetLite(scope, ag.input('picture', [1, 3, 256, 256]), efficientNetLite0);
    const outputs = Object.fromEntries(
      Object.entries(features).map(([stride, x]) => [`stride_${stride}`, x]),
    );
    const session = await nodeRuntime().load(ag.compile(outputs), { threads: 1 });
    const data = probe(3 * 256 * 256, 20260101);
    const values = await session.run({ picture: { type: 'float32', shape: [1, 3, 256, 256], data } });
    const file = await golden();
    for (const [stride, every] of Object.entries(EVERY)) {
      const expected = await toFloat32(file.entries.get(`efficientnet_lite0.stride_${stride}`)!);
      const { shape, data: all } = values[`stride_${stride}`]!;
      const side = shape[2]!;
      const found: number[] = [];
      for (let channel = 0; channel < shape[1]!; channel += 4) {
        for (let y = 0; y < side; y += every) {
          for (let x = 0; x < side; x += every) found.push(Number(all[(channel * side + y) * side + x]));
        }
      }
      expect(found).toHaveLength(expected.length);
      const mean = expected.reduce((a, b) => a + b, 0) / expected.length;
      const deviation = Math.sqrt(expected.reduce((sum, v) => sum + (v - mean) ** 2, 0) / expected.length);
      const worst = Math.max(...found.map((value, i) => Math.abs(value - expected[i]!)));
      console.log(`stride ${stride}: largest error ${(worst / deviation).toExponential(1)} of the deviation`);
      expect(worst / deviation).toBeLessThan(1e-3);
    }
    await session.release();
  });
});
