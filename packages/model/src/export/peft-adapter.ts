import { safetensorsChunks, tensorEntry } from '@prs-med/nn';
import { type BundleFile, textFile } from '../bundle/bundle-file.js';
import type { LlamaConfig } from '../language/llama.js';
import { checkLora, type LoraWeights, loraShapes } from '../language/lora-weights.js';
import { ADAPTER_CONFIG_FILE, ADAPTER_SAFETENSORS_FILE } from '../llava/adapter.js';

/** What PEFT puts before the base model's own names. */
const PEFT_PREFIX = 'base_model.model.';

/**
 * A LoRA adapter as the files of a folder that `peft.PeftModel.from_pretrained` loads onto the base as a causal language
 * model: `adapter_config.json` and `adapter_model.safetensors` (float32). The base is not named: whoever loads it has it.
 * @throws Error that lists adapter tensors which the base has no place for, or of another size
 */
export function peftAdapter(lora: LoraWeights, base: LlamaConfig): BundleFile[] {
  checkLora(lora, base);
  const shapes = loraShapes(base, lora.rank);
  const entries = [...shapes].map(([name, shape]) =>
    tensorEntry(PEFT_PREFIX + name, shape, 'float32', lora.tensors.get(name)!),
  );
  const targets = new Set([...shapes.keys()].map((name) => name.split('.').at(-3)!));
  const config = {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: null,
    r: lora.rank,
    lora_alpha: lora.alpha,
    lora_dropout: 0,
    target_modules: [...targets],
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
  };
  return [
    textFile(ADAPTER_CONFIG_FILE, `${JSON.stringify(config, null, 2)}\n`),
    // The mark by which transformers tells PyTorch's tensors from others.
    { name: ADAPTER_SAFETENSORS_FILE, chunks: safetensorsChunks(entries, { format: 'pt' }) },
  ];
}
