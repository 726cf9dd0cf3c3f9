import type { Shape } from '@prs-med/autograd';

/** Root mean square of SmolLM2's token embeddings: tokens made from pictures start at that length. */
const EMBEDDING_SCALE = 0.13;

/**
 * First values of parameters that no file gives, by name and shape; the same seed gives the same numbers. Norms start
 * as the identity, LoRA's B at zero, the mask head and presence near "mostly background, mostly there".
 */
export function initializeParameters(
  shapes: ReadonlyMap<string, Shape>,
  seed: number,
): Map<string, Float32Array> {
  const result = new Map<string, Float32Array>();
  for (const [name, shape] of shapes) result.set(name, initialize(name, shape, seed));
  return result;
}

function initialize(name: string, shape: Shape, seed: number): Float32Array {
  const size = shape.reduce((a, b) => a * b, 1);
  const values = new Float32Array(size);
  if (/^(projector|regions)\.norm\.weight$/.test(name)) return values.fill(EMBEDDING_SCALE);
  if (name.endsWith('running_var')) return values.fill(1);
  if (name === 'decoder.head.bias') return values.fill(-2);
  // Before training no question asks for a place.
  if (name === 'fusion.asked.bias') return values.fill(-2);
  if (name === 'presence.linear_2.bias') return values.fill(2);
  if (shape.length === 1) return values.fill(isNormWeight(name) ? 1 : 0);
  if (/lora_B\.weight$|attention_biases$/.test(name)) return values;
  const spread = Math.sqrt(gain(name) / fanIn(name, shape));
  const random = normalNumbers(seed, name);
  for (let i = 0; i < size; i++) values[i] = random() * spread;
  return values;
}

const isNormWeight = (name: string): boolean =>
  /norm\w*\.weight$|(_bn\d|\.bn\d?)\.weight$|layernorm\.weight$|encoder\.neck\.[13]\.weight$|prompt_projection\.[14]\.weight$/.test(
    name,
  );

/** 2 before a rectifier (He et al., 2015), 1 elsewhere; what is added to a residual stream starts small. */
function gain(name: string): number {
  if (/(out_proj|linear_2|fusion\.zones)\./.test(name)) return 0.1;
  if (/decoder\.head\./.test(name)) return 0.1;
  return /(mix|depthwise|_conv|pointwise)/.test(name) ? 2 : 1;
}

function fanIn(name: string, shape: Shape): number {
  // A transposed convolution has its inputs first, and stride = kernel: each output pixel sees one tap.
  if (/\.(up|head)\.weight$/.test(name)) return shape[0]!;
  return shape.slice(1).reduce((a, b) => a * b, 1);
}

/** Normal numbers from a name and a seed (mulberry32, Box and Muller), so that adding a layer leaves others as they were. */
function normalNumbers(seed: number, name: string): () => number {
  let state = seed | 0;
  for (let i = 0; i < name.length; i++) state = Math.imul(state ^ name.charCodeAt(i), 0x01000193);
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
