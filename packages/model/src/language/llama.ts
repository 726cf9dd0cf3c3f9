import type { Tensor } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import type { LoraOptions, Scope } from '@prs-med/nn';
import * as nn from '@prs-med/nn';

/** Shape of a Llama-like language model; SmolLM2 and Mistral are of this kind. */
export interface LlamaConfig {
  readonly vocabulary: number;
  readonly hidden: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyHeads: number;
  readonly intermediate: number;
  readonly ropeTheta: number;
  readonly normEpsilon: number;
  readonly longest: number;
}

export interface LlamaInputs {
  /** Embeddings [n, length, hidden]. */
  readonly embeddings: Tensor;
  /** int64 [n, length]: the place of each token among those of its sample that are not padding. */
  readonly positions: Tensor;
  /** Added to the scores, [n or 1, 1, length, length]: HIDDEN where a token must not look. */
  readonly bias: Tensor;
  /** Keys and values of tokens that came before, one a layer; `bias` then spans them too: [.., length, past + length]. */
  readonly past?: readonly KeysAndValues[];
}

/** Rotated keys and values of one layer, each [n, key heads, tokens, width]. */
export interface KeysAndValues {
  readonly keys: Tensor;
  readonly values: Tensor;
}

/**
 * Hidden states before the first layer and after each, [n, length, hidden]; the last one is after the final norm, as
 * in transformers' `hidden_states`. Parameter names are those of Hugging Face's Llama. LoRA on q, k, v, o.
 */
export function llama(scope: Scope, inputs: LlamaInputs, config: LlamaConfig, lora?: LoraOptions): Tensor[] {
  return llamaSegment(scope, inputs, config, lora).states;
}

/** As `llama`, with the keys and values that a later segment of the same samples goes on from. */
export function llamaSegment(
  scope: Scope,
  inputs: LlamaInputs,
  config: LlamaConfig,
  lora?: LoraOptions,
): { readonly states: Tensor[]; readonly cache: KeysAndValues[] } {
  const tables = rotaryTables(config);
  const states = [inputs.embeddings];
  const cache: KeysAndValues[] = [];
  let x = inputs.embeddings;
  for (let layer = 0; layer < config.layers; layer++) {
    const own = scope.at('model').at('layers').at(layer);
    const passed = decoderLayer(own, x, { ...inputs, past: inputs.past?.[layer], tables }, config, lora);
    cache.push(passed.cache);
    x = passed.x;
    states.push(x);
  }
  states[config.layers] = finalNorm(scope, x, config);
  return { states, cache };
}

/** What a layer reads beside its tokens. */
export interface LayerInputs extends Pick<LlamaInputs, 'positions' | 'bias'> {
  readonly past?: KeysAndValues | undefined;
  /** See `rotaryTables`: one pair of tables serves all layers. */
  readonly tables: ag.RotaryTables;
}

/** One layer: x [n, length, hidden] to x of the same shape, and all its keys and values, those of the past first. */
export function decoderLayer(
  scope: Scope,
  x: Tensor,
  inputs: LayerInputs,
  config: LlamaConfig,
  lora?: LoraOptions,
): { readonly x: Tensor; readonly cache: KeysAndValues } {
  const attended = selfAttention(scope, x, inputs, config, lora);
  return { x: feedForward(scope, attended.x, config), cache: attended.cache };
}

/** Tables of the rotary embedding for as many tokens as the model reads. */
export const rotaryTables = ({ longest, hidden, heads, ropeTheta }: LlamaConfig): ag.RotaryTables =>
  ag.rotaryTables(longest, hidden / heads, ropeTheta);

/** The norm after the last layer. */
export const finalNorm = (scope: Scope, x: Tensor, config: LlamaConfig): Tensor =>
  nn.rmsNorm(scope.at('model').at('norm'), x, config.normEpsilon);

function selfAttention(
  scope: Scope,
  x: Tensor,
  { positions, bias, past, tables }: LayerInputs,
  config: LlamaConfig,
  lora: LoraOptions | undefined,
): { readonly x: Tensor; readonly cache: KeysAndValues } {
  const [n, length, hidden] = x.shape as [number, number, number];
  const { heads, keyHeads } = config;
  const width = hidden / heads;
  const projection = { bias: false, lora };
  const own = scope.at('self_attn');
  const normed = nn.rmsNorm(scope.at('input_layernorm'), x, config.normEpsilon);
  const split = (name: string, count: number): Tensor => {
    const flat = nn.linear(own.at(name), normed, count * width, projection);
    return ag.transpose(ag.reshape(flat, [n, length, count, width]), [0, 2, 1, 3]);
  };
  const q = ag.rotaryEmbedding(split('q_proj', heads), positions, tables);
  const newKeys = ag.rotaryEmbedding(split('k_proj', keyHeads), positions, tables);
  const newValues = split('v_proj', keyHeads);
  const keys = past === undefined ? newKeys : ag.concatenate([past.keys, newKeys], 2);
  const values = past === undefined ? newValues : ag.concatenate([past.values, newValues], 2);
  const seen = ag.attention(q, keys, values, { bias });
  const joined = ag.reshape(ag.transpose(seen, [0, 2, 1, 3]), [n, length, hidden]);
  return { x: ag.add(x, nn.linear(own.at('o_proj'), joined, hidden, projection)), cache: { keys, values } };
}

function feedForward(scope: Scope, x: Tensor, config: LlamaConfig): Tensor {
  const normed = nn.rmsNorm(scope.at('post_attention_layernorm'), x, config.normEpsilon);
  const mlp = scope.at('mlp');
  const gate = ag.silu(nn.linear(mlp.at('gate_proj'), normed, config.intermediate, { bias: false }));
  const up = nn.linear(mlp.at('up_proj'), normed, config.intermediate, { bias: false });
  return ag.add(x, nn.linear(mlp.at('down_proj'), ag.multiply(gate, up), config.hidden, { bias: false }));
}

/** Logits [.., vocabulary] of hidden states after the final norm, through the tied embedding [vocabulary, hidden]. */
export const tiedLogits = (scope: Scope, states: Tensor, config: LlamaConfig): Tensor =>
  ag.linear(
    states,
    scope.at('model').at('embed_tokens').parameter('weight', [config.vocabulary, config.hidden]),
  );

/** Logits [.., vocabulary] of hidden states after the final norm, through an output layer of its own: Mistral's `lm_head`. */
export const untiedLogits = (scope: Scope, states: Tensor, config: LlamaConfig): Tensor =>
  ag.linear(states, scope.at('lm_head').parameter('weight', [config.vocabulary, config.hidden]));
