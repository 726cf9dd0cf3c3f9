import { WeightFileError } from './errors.js';
import type { TensorEntry, TensorFile } from './tensors.js';

/** How a model's tensors are compared with a file's. */
export interface MatchOptions {
  /** Names in the file that the model need not know: PyTorch's `num_batches_tracked`, say. */
  readonly ignore?: (name: string) => boolean;
}

/**
 * Pairs the tensors that a model expects (name to shape) with those of a file, in the model's order.
 * Throws one WeightFileError that lists every missing, unexpected and wrong-shape name, so that a load never
 * goes on in part.
 */
export function matchTensors(
  expected: ReadonlyMap<string, readonly number[]>,
  file: TensorFile,
  options: MatchOptions = {},
): Map<string, TensorEntry> {
  const matched = new Map<string, TensorEntry>();
  const missing: string[] = [];
  const misshapen: string[] = [];
  for (const [name, shape] of expected) {
    const entry = file.entries.get(name);
    if (!entry) missing.push(name);
    else if (entry.shape.length !== shape.length || entry.shape.some((size, i) => size !== shape[i])) {
      misshapen.push(`${name} is [${entry.shape.join(', ')}] and should be [${shape.join(', ')}]`);
    } else matched.set(name, entry);
  }
  const unexpected = [...file.entries.keys()].filter(
    (name) => !expected.has(name) && !options.ignore?.(name),
  );
  const problems: string[] = [];
  if (missing.length > 0) problems.push(`${missing.length} missing: ${missing.join(', ')}`);
  if (unexpected.length > 0) problems.push(`${unexpected.length} unexpected: ${unexpected.join(', ')}`);
  if (misshapen.length > 0) problems.push(`${misshapen.length} of another shape: ${misshapen.join(', ')}`);
  if (problems.length > 0) {
    throw new WeightFileError(
      file.name,
      `its tensors are not the model's (${problems.join('; ')})`,
      'load the weights of this model and configuration',
    );
  }
  return matched;
}
