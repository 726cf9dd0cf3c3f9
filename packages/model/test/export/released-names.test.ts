import { bytesSource, readSafetensors, writeSafetensors } from '@prs-med/nn';
import { describe, expect, it } from 'vitest';
import {
  initialParameters,
  type Parameters,
  parametersOfReleased,
  releasedTensors,
  tiny,
  trainedShapes,
} from '../../src/index.js';

const shapes = trainedShapes(tiny);
const written = async (parameters: Parameters, leaveOut?: string) =>
  readSafetensors(
    bytesSource(
      'model.safetensors',
      await writeSafetensors(releasedTensors(parameters).filter(({ name }) => name !== leaveOut)),
    ),
  );

describe('the released names', () => {
  it('hold every parameter, and give it back as it was', async () => {
    const parameters = await initialParameters(tiny, 3);
    expect(await parametersOfReleased(await written(parameters), shapes)).toEqual(parameters);
  });

  it('are those of the published modules, each batch norm with all that PyTorch asks for', async () => {
    const { entries } = await written(await initialParameters(tiny, 3));
    const names = [...entries.keys()];
    expect(new Set(names.map((name) => name.split('.')[0]))).toEqual(
      new Set([
        'fusion',
        'image_encoder',
        'language',
        'mask_decoder',
        'neck',
        'presence',
        'projector',
        'regions',
      ]),
    );
    const norms = names.filter((name) => name.endsWith('.running_mean'));
    expect(norms.length).toBeGreaterThan(5);
    for (const name of norms) {
      const counter = entries.get(name.replace('running_mean', 'num_batches_tracked'));
      expect(counter).toMatchObject({ shape: [], type: 'int64' });
    }
    expect(names).toHaveLength(shapes.size + norms.length);
  });

  it('are told when one is missing', async () => {
    const file = await written(await initialParameters(tiny, 3), 'mask_decoder.head.bias');
    await expect(parametersOfReleased(file, shapes)).rejects.toThrow(
      "model.safetensors: its tensors are not the model's (1 missing: mask_decoder.head.bias)",
    );
  });
});
