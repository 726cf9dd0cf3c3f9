import { matchTensors, type TensorEntry, toFloat32, WeightFileError } from '@prs-med/nn';
import { z } from 'zod';
import type { LlamaConfig } from '../language/llama.js';
import { type LoraWeights, loraShapes } from '../language/lora-weights.js';
import { type CheckpointFiles, readSingleFile, readText } from './checkpoint.js';
import { canonicalName } from './names.js';

/** Names of the files of an adapter, as PEFT saves it. */
export const ADAPTER_CONFIG_FILE = 'adapter_config.json';
export const ADAPTER_SAFETENSORS_FILE = 'adapter_model.safetensors';
export const ADAPTER_PYTORCH_FILE = 'adapter_model.bin';

const TARGETS = ['k_proj', 'o_proj', 'q_proj', 'v_proj'];

const emptyPattern = z
  .record(z.string(), z.unknown())
  .refine(
    (pattern) => Object.keys(pattern).length === 0,
    'one rank and one alpha for all layers is what is read here',
  );

/** The part of PEFT's `LoraConfig` that says what the numbers mean; whatever would change that is refused. */
const adapterSchema = z.looseObject({
  peft_type: z.literal('LORA'),
  r: z.int().positive(),
  lora_alpha: z.number().positive(),
  target_modules: z.union([z.array(z.string()), z.string()]),
  bias: z.literal('none').default('none'),
  fan_in_fan_out: z.literal(false).default(false),
  use_dora: z.literal(false).default(false),
  use_rslora: z.literal(false).default(false),
  lora_bias: z.literal(false).default(false),
  modules_to_save: z.array(z.string()).max(0, 'modules saved whole are not read here').nullish(),
  layer_replication: z.null().optional(),
  rank_pattern: emptyPattern.nullish(),
  alpha_pattern: emptyPattern.nullish(),
});

/** What PEFT puts before the base model's own names. */
const PEFT_PREFIX = 'base_model.model.';

/**
 * Reads a PEFT adapter of a LLaVA language model: `adapter_config.json` and `adapter_model.safetensors` or `.bin`, LoRA
 * on q, k, v and o of every layer. Names such as `base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight`
 * become those of `LoraWeights`.
 * @param expected the rank and alpha that a preset wants, when it wants certain ones
 * @throws WeightFileError for another kind of adapter, another rank or alpha, tensors that the base has no place for
 */
export async function readAdapter(
  adapter: CheckpointFiles,
  base: LlamaConfig,
  expected?: { readonly rank: number; readonly alpha: number },
): Promise<LoraWeights> {
  const { r: rank, lora_alpha: alpha } = parseAdapterConfig(await readText(adapter, ADAPTER_CONFIG_FILE));
  if (expected !== undefined && (rank !== expected.rank || alpha !== expected.alpha)) {
    throw refusal(
      `its rank is ${rank} and its alpha ${alpha}, where ${expected.rank} and ${expected.alpha} are wanted`,
    );
  }
  const file = await readSingleFile(adapter, ADAPTER_SAFETENSORS_FILE, ADAPTER_PYTORCH_FILE);
  const named = [...file.entries].map(([name, entry]): readonly [string, TensorEntry] => {
    if (!name.startsWith(PEFT_PREFIX))
      throw refusal(`${file.name} has a tensor ${name}, which does not begin with ${PEFT_PREFIX}`);
    return [canonicalName(name.slice(PEFT_PREFIX.length)), entry];
  });
  const matched = matchTensors(loraShapes(base, rank), { ...file, entries: new Map(named) });
  const tensors = new Map<string, Float32Array>();
  for (const [name, entry] of matched) tensors.set(name, await toFloat32(entry));
  return { rank, alpha, tensors };
}

function parseAdapterConfig(text: string): z.infer<typeof adapterSchema> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refusal('this is not JSON', { cause: error });
  }
  const result = adapterSchema.safeParse(value);
  if (!result.success) {
    const problems = result.error.issues.map((issue) => `${issue.path.join('.') || 'all'}: ${issue.message}`);
    throw refusal(problems.join(', '));
  }
  const { target_modules: targets } = result.data;
  // A pattern says it in another way: then the tensors themselves are what is compared.
  if (typeof targets !== 'string') {
    const names = [...new Set(targets.map((target) => target.split('.').at(-1)!))].sort();
    if (names.join() !== TARGETS.join())
      throw refusal(`its target_modules are ${names.join(', ')} and should be ${TARGETS.join(', ')}`);
  }
  return result.data;
}

const refusal = (problem: string, options?: ErrorOptions): WeightFileError =>
  new WeightFileError(
    ADAPTER_CONFIG_FILE,
    problem,
    'give a PEFT LoRA adapter of the attention projections q, k, v, o of this base',
    options,
  );
