import type { Shape } from '@prs-med/autograd';
import { matchTensors, type TensorEntry, type TensorFile, tensorEntry, toFloat32 } from '@prs-med/nn';
import type { Parameter, Parameters } from '../bundle/trained.js';

/** Scopes of ours, and what the published PRS-Med code calls these modules (class LLMSeg of huyquoctrinh/PRS-Med). */
const RENAMED = [
  ['vision_encoder.', 'image_encoder.'],
  ['decoder.', 'mask_decoder.'],
] as const;

/** What PyTorch's batch norm counts beside its running statistics, and asks for when a state dict is loaded. */
const COUNTER = 'num_batches_tracked';
const RUNNING_MEAN = /running_mean$/;

/** A parameter's name in a state dict with the published code's names; scopes that it lacks keep theirs. */
export function releasedName(name: string): string {
  for (const [own, released] of RENAMED) {
    if (name.startsWith(own)) return released + name.slice(own.length);
  }
  return name;
}

/**
 * Parameters as float32 tensors of a state dict that PyTorch's modules of these names load with no key missing: beside
 * each batch norm's statistics stands its `num_batches_tracked`, int64 [], 0.
 */
export function releasedTensors(parameters: Parameters): TensorEntry[] {
  return [...parameters].flatMap(([own, { shape, data }]) => {
    const name = releasedName(own);
    const tensor = tensorEntry(name, shape, 'float32', data);
    if (!RUNNING_MEAN.test(name)) return [tensor];
    return [tensor, tensorEntry(name.replace(RUNNING_MEAN, COUNTER), [], 'int64', BigInt64Array.of(0n))];
  });
}

/**
 * Parameters of the given names and shapes from a state dict with the published code's names, of any element type.
 * @throws WeightFileError that lists what the file lacks, has too much or in another shape
 */
export async function parametersOfReleased(
  file: TensorFile,
  shapes: ReadonlyMap<string, Shape>,
): Promise<Parameters> {
  const expected = new Map([...shapes].map(([name, shape]) => [releasedName(name), shape]));
  const entries = matchTensors(expected, file, { ignore: (name) => name.endsWith(`.${COUNTER}`) });
  const parameters = new Map<string, Parameter>();
  for (const [name, shape] of shapes) {
    parameters.set(name, { shape, data: await toFloat32(entries.get(releasedName(name))!) });
  }
  return parameters;
}
