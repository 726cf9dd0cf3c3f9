import { toFloat32 } from '@prs-med/nn';
import { type CheckpointWeights, linearsOfCheckpoint, readInt4Matrix } from './checkpoint-weights.js';
import { dequantizeInt4 } from './quantize-int4.js';

/**
 * A whole checkpoint in float32 for training, Hugging Face name to values; a 4-bit linear as the values that it stands
 * for. Four bytes a weight: 29 GB for Mistral 7B.
 */
export async function dequantizeCheckpoint(
  checkpoint: CheckpointWeights,
): Promise<Map<string, Float32Array>> {
  const { config, tensors } = checkpoint;
  const values = new Map<string, Float32Array>();
  const inFourBits = linearsOfCheckpoint(config).filter(({ name }) => tensors.has(`${name}.weight.quants`));
  for (const linear of inFourBits)
    values.set(`${linear.name}.weight`, dequantizeInt4(await readInt4Matrix(checkpoint, linear)));
  const partOf4Bits = (name: string): boolean => values.has(name.slice(0, name.lastIndexOf('.')));
  for (const [name, entry] of tensors) if (!partOf4Bits(name)) values.set(name, await toFloat32(entry));
  return values;
}
