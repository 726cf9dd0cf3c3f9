import { type TensorFile, toFloat32 } from '@prs-med/nn';
import { initialParameters } from '../bundle/initial-parameters.js';
import { LANGUAGE_SCOPE, trainedShapes } from '../bundle/parameter-shapes.js';
import type { Parameter, Parameters } from '../bundle/trained.js';
import { type LoraWeights, loraShapes } from '../language/lora-weights.js';
import type { Preset } from '../preset.js';
import type { LlavaCheckpoint } from './llava-checkpoint.js';
import type { ReleasedModel } from './released.js';

/**
 * Parameters of a preset with LLaVA before our training: the vision encoder's from TinySAM's state dict, the projector's
 * from the checkpoint, the adapter's where there is one; the rest are seeded random numbers.
 * @throws WeightFileError that lists what the state dict lacks, has too much or in another shape
 */
export async function initialLlavaParameters(
  preset: Preset,
  seed: number,
  checkpoint: Pick<LlavaCheckpoint, 'projector'>,
  tinySam: TensorFile,
  adapter?: LoraWeights,
): Promise<Parameters> {
  const parameters = new Map(await initialParameters(preset, seed, tinySam));
  for (const [name, parameter] of await projectorParameters(checkpoint)) parameters.set(name, parameter);
  if (adapter !== undefined)
    for (const [name, parameter] of loraParameters(preset, adapter)) parameters.set(name, parameter);
  return parameters;
}

/**
 * Every parameter of the released model: what its authors saved, and the projector, which they left as it is in the
 * checkpoint. Throws an Error for a preset that asks for more.
 */
export async function releasedParameters(
  preset: Preset,
  checkpoint: Pick<LlavaCheckpoint, 'projector'>,
  released: ReleasedModel,
): Promise<Parameters> {
  const given = new Map([
    ...released.parameters,
    ...(await projectorParameters(checkpoint)),
    ...loraParameters(preset, released.lora),
  ]);
  const parameters = new Map<string, Parameter>();
  for (const name of trainedShapes(preset).keys()) {
    const parameter = given.get(name);
    if (parameter === undefined)
      throw new Error(
        `releasedParameters: preset ${preset.name} has ${name}, and the released model does not`,
      );
    parameters.set(name, parameter);
  }
  return parameters;
}

async function projectorParameters({
  projector,
}: Pick<LlavaCheckpoint, 'projector'>): Promise<Map<string, Parameter>> {
  const parameters = new Map<string, Parameter>();
  for (const [name, entry] of projector)
    parameters.set(name, { shape: entry.shape, data: await toFloat32(entry) });
  return parameters;
}

const loraParameters = ({ language }: Preset, { rank, tensors }: LoraWeights): Map<string, Parameter> =>
  new Map(
    [...loraShapes(language, rank)].map(([name, shape]) => [
      `${LANGUAGE_SCOPE}.${name}`,
      { shape, data: tensors.get(name)! },
    ]),
  );
