import type { Shape } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import { listParameters, matchTensors, type TensorFile, toFloat32 } from '@prs-med/nn';
import type { Parameter, Parameters } from '../bundle/trained.js';
import { type TinySamConfig, tinySam } from './tiny-sam.js';

/** Where SAM's state dicts have the encoder. */
const PREFIX = 'image_encoder.';

/**
 * What else may be in the file: the rest of SAM, all of it once more under `sam` as PRS-Med saves it (`ImageEncoder` of
 * its model.py), TinyViT's classifier, and buffers that follow from the configuration.
 */
const isUnused = (name: string): boolean =>
  /^(sam|prompt_encoder|mask_decoder|image_encoder\.(norm_head|head))\.|^pixel_(mean|std)$/.test(name) ||
  /\.(num_batches_tracked|attention_bias_idxs)$/.test(name);

/**
 * The vision encoder's parameters, float32, from TinySAM's state dict: the whole model's (`tinysam_42.3.pth`) or the
 * encoder's alone, named under `image_encoder` in both.
 * @returns parameters by their names in the encoder's scope, without `image_encoder`
 * @throws WeightFileError that lists what the file lacks, has too much or in another shape
 */
export async function readTinySam(file: TensorFile, config: TinySamConfig): Promise<Parameters> {
  const expected = new Map<string, Shape>();
  for (const [name, shape] of tinySamShapes(config)) expected.set(PREFIX + name, shape);
  const parameters = new Map<string, Parameter>();
  for (const [name, entry] of matchTensors(expected, file, { ignore: isUnused })) {
    parameters.set(name.slice(PREFIX.length), { shape: entry.shape, data: await toFloat32(entry) });
  }
  return parameters;
}

/** Parameters do not depend on the size of pictures, so one as small as the embedding is enough. */
function tinySamShapes(config: TinySamConfig): Map<string, Shape> {
  const size = 16 * config.embeddingSide;
  return listParameters((scope) => {
    tinySam(scope, ag.input('pictures', [1, 3, size, size]), config);
  });
}
