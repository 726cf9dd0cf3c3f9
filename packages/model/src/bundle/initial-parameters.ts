import { elementCount, type Shape } from '@prs-med/autograd';
import { matchTensors, type TensorFile, toFloat32 } from '@prs-med/nn';
import { initializeParameters } from '../initialize.js';
import type { Preset } from '../preset.js';
import { readTinySam } from '../vision/tiny-sam-weights.js';
import { trainedShapes } from './parameter-shapes.js';
import type { Parameter, Parameters } from './trained.js';

/** Where the vision encoder's parameters are. */
export const VISION_SCOPE = 'vision_encoder';

/**
 * Parameters before any training: seeded random numbers, and the vision encoder's from a state dict where one is given.
 * @throws WeightFileError that lists what the state dict lacks, has too much or in another shape
 */
export async function initialParameters(
  preset: Preset,
  seed: number,
  encoder?: TensorFile,
): Promise<Parameters> {
  const shapes = trainedShapes(preset);
  const random = initializeParameters(shapes, seed);
  const parameters = new Map<string, Parameter>();
  for (const [name, shape] of shapes) parameters.set(name, { shape, data: random.get(name)! });
  if (encoder === undefined) return parameters;
  const given =
    preset.encoder.kind === 'tiny-vit'
      ? await readTinySam(encoder, preset.encoder)
      : await readEfficientNet(encoder, shapes);
  for (const [name, parameter] of given) {
    parameters.set(`${VISION_SCOPE}.${name}`, parameter);
  }
  return parameters;
}

/** The parts of a classifier that a feature pyramid does not use. */
const isUnused = (name: string): boolean =>
  /^(_conv_head|_bn1|_fc)\./.test(name) || name.endsWith('.num_batches_tracked');

async function readEfficientNet(
  file: TensorFile,
  shapes: ReadonlyMap<string, Shape>,
): Promise<Map<string, Parameter>> {
  const prefix = `${VISION_SCOPE}.`;
  const expected = new Map<string, Shape>();
  for (const [name, shape] of shapes) {
    if (name.startsWith(prefix)) expected.set(name.slice(prefix.length), shape);
  }
  const parameters = new Map<string, Parameter>();
  for (const [name, entry] of matchTensors(expected, file, { ignore: isUnused })) {
    const data = await toFloat32(entry);
    parameters.set(name, { shape: entry.shape, data });
  }
  return parameters;
}

/** Numbers in all parameters together. */
export function countParameters(parameters: Parameters): number {
  let count = 0;
  for (const { shape } of parameters.values()) count += elementCount(shape);
  return count;
}
