import { matchTensors, type TensorEntry, type TensorFile, WeightFileError } from '@prs-med/nn';

// One naming for both, the one that the graphs here ask for: the language model's as Hugging Face's Mistral has them
// (`model.layers.0...`, `lm_head.weight`), the tower's under `vision_tower.vision_model`, the projector's under
// `mm_projector.0` and `mm_projector.2`.

/** How each naming begins, the longest first, and what stands for it here. */
const PREFIXES: readonly (readonly [string, string])[] = [
  // LLaVA's own: everything but the output layer is inside `model`.
  ['model.vision_tower.vision_tower.vision_model.', 'vision_tower.vision_model.'],
  ['model.mm_projector.', 'mm_projector.'],
  // Hugging Face's Llava as its checkpoints on disk are.
  ['language_model.model.', 'model.'],
  ['language_model.lm_head.', 'lm_head.'],
  ['multi_modal_projector.linear_1.', 'mm_projector.0.'],
  ['multi_modal_projector.linear_2.', 'mm_projector.2.'],
  // The same since transformers 4.52, as the modules are nested.
  ['model.language_model.', 'model.'],
  ['model.vision_tower.vision_model.', 'vision_tower.vision_model.'],
  ['model.multi_modal_projector.linear_1.', 'mm_projector.0.'],
  ['model.multi_modal_projector.linear_2.', 'mm_projector.2.'],
];

/** The name that a tensor of a LLaVA checkpoint has here; one that is of no known naming stays as it is. */
export function canonicalName(name: string): string {
  const found = PREFIXES.find(([prefix]) => name.startsWith(prefix));
  return found === undefined ? name : found[1] + name.slice(found[0].length);
}

/** A checkpoint's tensors under their names here. Throws WeightFileError when two of them get one name. */
export function canonicalTensors(file: TensorFile): TensorFile {
  const entries = new Map<string, TensorEntry>();
  for (const [original, entry] of file.entries) {
    const name = canonicalName(original);
    if (entries.has(name)) {
      const problem = `${original} and another tensor are both ${name}`;
      throw new WeightFileError(file.name, problem, 'remove the files of another checkpoint');
    }
    entries.set(name, { ...entry, name });
  }
  return { ...file, entries };
}

/** What checkpoints hold and the model does not use: index buffers, and the tower beyond the layer that is read. */
const UNUSED =
  /\.(position_ids|rotary_emb\.inv_freq)$|^vision_tower\.vision_model\.(encoder\.layers\.|post_layernorm\.)/;

/**
 * Pairs the tensors that a model asks for (canonical name to shape, from `llavaShapes`) with a checkpoint's of any
 * of the namings. Throws WeightFileError that lists what is missing, unexpected or of another shape.
 */
export const matchLlavaTensors = (
  expected: ReadonlyMap<string, readonly number[]>,
  file: TensorFile,
): Map<string, TensorEntry> =>
  matchTensors(expected, canonicalTensors(file), { ignore: (name) => UNUSED.test(name) });
