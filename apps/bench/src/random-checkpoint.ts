import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { byteTokenizer } from '@prs-med/model';
import { safetensorsChunks, type TensorEntry } from '@prs-med/nn';
import { saveChunks } from '@prs-med/nn/node';

// A LLaVA-Med-shaped checkpoint of random weights, with the original LLaVA names, so that speed and memory can be measured
// at full size without the real one. Its tokens are bytes, and its answers mean nothing.

const USAGE = `node apps/bench/dist/random-checkpoint.js --out DIR [--layers N]
--layers  of the language model; 32 when left out, which makes 15 GB`;

/** Mistral 7B and CLIP ViT-L/14-336, as the config.json of llava-med-v1.5-mistral-7b has them. */
const CONFIG = {
  architectures: ['LlavaMistralForCausalLM'],
  model_type: 'llava_mistral',
  vocab_size: 32000,
  hidden_size: 4096,
  intermediate_size: 14336,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  max_position_embeddings: 32768,
  rms_norm_eps: 1e-5,
  rope_theta: 1e6,
  sliding_window: null,
  tie_word_embeddings: false,
  hidden_act: 'silu',
  mm_projector_type: 'mlp2x_gelu',
  mm_hidden_size: 1024,
  mm_vision_select_layer: -2,
  mm_vision_select_feature: 'patch',
  mm_vision_tower: 'vision_tower',
  vision_config: {
    hidden_size: 1024,
    intermediate_size: 4096,
    num_hidden_layers: 24,
    num_attention_heads: 16,
    image_size: 336,
    patch_size: 14,
    hidden_act: 'quick_gelu',
    layer_norm_eps: 1e-5,
  },
  torch_dtype: 'bfloat16',
  bos_token_id: 1,
  eos_token_id: 2,
};

const SHARD_BYTES = 4.9e9;
/** Standard deviation of the weights, small enough for 32 layers of them to stay finite. */
const SPREAD = 0.02;

type Shape = readonly number[];

function languageShapes(layers: number): [string, Shape][] {
  const { vocab_size, hidden_size: hidden, intermediate_size: inner } = CONFIG;
  const keys = (hidden / CONFIG.num_attention_heads) * CONFIG.num_key_value_heads;
  const layer = (at: string): [string, Shape][] => [
    [`${at}.input_layernorm.weight`, [hidden]],
    [`${at}.self_attn.q_proj.weight`, [hidden, hidden]],
    [`${at}.self_attn.k_proj.weight`, [keys, hidden]],
    [`${at}.self_attn.v_proj.weight`, [keys, hidden]],
    [`${at}.self_attn.o_proj.weight`, [hidden, hidden]],
    [`${at}.post_attention_layernorm.weight`, [hidden]],
    [`${at}.mlp.gate_proj.weight`, [inner, hidden]],
    [`${at}.mlp.up_proj.weight`, [inner, hidden]],
    [`${at}.mlp.down_proj.weight`, [hidden, inner]],
  ];
  return [
    ['model.embed_tokens.weight', [vocab_size, hidden]],
    ...Array.from({ length: layers }, (_, i) => layer(`model.layers.${i}`)).flat(),
    ['model.norm.weight', [hidden]],
    ['lm_head.weight', [vocab_size, hidden]],
  ];
}

function visionShapes(): [string, Shape][] {
  const { hidden_size: width, intermediate_size: inner, ...vision } = CONFIG.vision_config;
  const tower = 'model.vision_tower.vision_tower.vision_model';
  const both = (name: string, outputs: number, ...inputs: number[]): [string, Shape][] => [
    [`${name}.weight`, [outputs, ...inputs]],
    [`${name}.bias`, [outputs]],
  ];
  const layer = (at: string): [string, Shape][] => [
    ...both(`${at}.layer_norm1`, width),
    ...['q_proj', 'k_proj', 'v_proj', 'out_proj'].flatMap((name) =>
      both(`${at}.self_attn.${name}`, width, width),
    ),
    ...both(`${at}.layer_norm2`, width),
    ...both(`${at}.mlp.fc1`, inner, width),
    ...both(`${at}.mlp.fc2`, width, inner),
  ];
  const patches = (vision.image_size / vision.patch_size) ** 2;
  return [
    [`${tower}.embeddings.class_embedding`, [width]],
    [`${tower}.embeddings.patch_embedding.weight`, [width, 3, vision.patch_size, vision.patch_size]],
    [`${tower}.embeddings.position_embedding.weight`, [patches + 1, width]],
    ...both(`${tower}.pre_layrnorm`, width),
    ...Array.from({ length: vision.num_hidden_layers }, (_, i) =>
      layer(`${tower}.encoder.layers.${i}`),
    ).flat(),
    ...both(`${tower}.post_layernorm`, width),
    ...both('model.mm_projector.0', CONFIG.hidden_size, width),
    ...both('model.mm_projector.2', CONFIG.hidden_size, CONFIG.hidden_size),
  ];
}

/** Normal numbers as bfloat16, to be cut pieces from: 15 GB of draws would take minutes. */
function drawNumbers(): Uint16Array {
  const values = Float32Array.from({ length: 2 ** 22 }, () => {
    const length = Math.sqrt(-2 * Math.log(1 - Math.random()));
    return SPREAD * length * Math.cos(2 * Math.PI * Math.random());
  });
  return Uint16Array.from(new Uint32Array(values.buffer), (bits) => bits >>> 16);
}

function randomTensor(name: string, shape: Shape, numbers: Uint16Array): TensorEntry {
  const count = shape.reduce((a, b) => a * b, 1);
  const isNorm = /norm\d?\.weight$/.test(name);
  return {
    name,
    shape,
    type: 'bfloat16',
    byteLength: 2 * count,
    read: async () => {
      const values = new Uint16Array(count);
      // 0x3f80 is one.
      if (isNorm) values.fill(0x3f80);
      for (let start = 0; !isNorm && start < count; ) {
        const from = Math.floor(Math.random() * numbers.length * 0.5);
        const piece = numbers.subarray(from, from + Math.min(numbers.length / 2, count - start));
        values.set(piece, start);
        start += piece.length;
      }
      return new Uint8Array(values.buffer);
    },
  };
}

const { values } = parseArgs({
  options: { out: { type: 'string' }, layers: { type: 'string', default: '32' } },
});
const layers = Number(values.layers);
if (values.out === undefined || !Number.isInteger(layers) || layers < 1) {
  process.stderr.write(`${USAGE}\n`);
  process.exit(2);
}
const { out } = values;
await mkdir(out, { recursive: true });
const numbers = drawNumbers();
const shards: TensorEntry[][] = [[]];
let size = 0;
for (const [name, shape] of [...languageShapes(layers), ...visionShapes()]) {
  const entry = randomTensor(name, shape, numbers);
  if (size > 0 && size + entry.byteLength > SHARD_BYTES) {
    shards.push([]);
    size = 0;
  }
  shards.at(-1)!.push(entry);
  size += entry.byteLength;
}
const weightMap: Record<string, string> = {};
for (const [i, entries] of shards.entries()) {
  const of = (number: number): string => String(number).padStart(5, '0');
  const file = `model-${of(i + 1)}-of-${of(shards.length)}.safetensors`;
  process.stderr.write(`${file} ...\n`);
  await saveChunks(join(out, file), safetensorsChunks(entries));
  for (const { name } of entries) weightMap[name] = file;
}
// Bytes, with the ids that config.json gives to the first and the last token.
await writeFile(join(out, 'tokenizer.json'), byteTokenizer(CONFIG.vocab_size));
await writeFile(
  join(out, 'tokenizer_config.json'),
  `${JSON.stringify({ bos_token: '<|im_start|>', eos_token: '<|im_end|>' }, null, 2)}\n`,
);
const bytes = shards.flat().reduce((sum, { byteLength }) => sum + byteLength, 0);
const index = { metadata: { total_size: bytes }, weight_map: weightMap };
await writeFile(join(out, 'model.safetensors.index.json'), `${JSON.stringify(index, null, 2)}\n`);
await writeFile(
  join(out, 'config.json'),
  `${JSON.stringify({ ...CONFIG, num_hidden_layers: layers }, null, 2)}\n`,
);
process.stdout.write(`${out}: ${(bytes / 1e9).toFixed(1)} GB of random weights in ${shards.length} files\n`);
