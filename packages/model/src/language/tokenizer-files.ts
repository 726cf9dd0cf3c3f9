import type { GgufFile, GgufValue } from '@prs-med/nn';

/** Names of the files of a tokenizer in Hugging Face's form. */
export const TOKENIZER_JSON = 'tokenizer.json';
export const TOKENIZER_CONFIG_JSON = 'tokenizer_config.json';

/** How llama.cpp marks control tokens. */
const CONTROL = 3;

/**
 * Tokenizer files from a GGUF's header, text by file name: `tokenizer.json` (byte-level BPE with the `smollm` splitting,
 * special tokens) and `tokenizer_config.json` (chat template, names of the special tokens). Throws an Error for another
 * kind or a missing field. The texts have no white space beyond need.
 */
export function tokenizerFilesOfGguf(gguf: GgufFile): Map<string, string> {
  const kind = `${String(gguf.fields.get('tokenizer.ggml.model'))}/${String(gguf.fields.get('tokenizer.ggml.pre'))}`;
  if (kind !== 'gpt2/smollm')
    throw new Error(`${gguf.name}: its tokenizer is ${kind}, and gpt2/smollm is what is read here`);
  const tokens = texts(gguf, 'tokenizer.ggml.tokens');
  const types = gguf.fields.get('tokenizer.ggml.token_type');
  const special = tokens.flatMap((content, id) => (at(types, id) === CONTROL ? [{ id, content }] : []));
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  const tokenizer = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special.map((token) => ({ ...token, ...flags })),
    normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        // Each digit by itself. The library's own Digits knows ASCII alone; this is what the reference has.
        { type: 'Split', pattern: { Regex: '\\p{N}' }, behavior: 'Isolated', invert: false },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
      ],
    },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: texts(gguf, 'tokenizer.ggml.merges'),
    },
  };
  const named = (key: string): string | null => {
    const id = gguf.fields.get(`tokenizer.ggml.${key}_token_id`);
    return typeof id === 'number' ? (tokens[id] ?? null) : null;
  };
  const config = {
    tokenizer_class: 'GPT2Tokenizer',
    bos_token: named('bos'),
    eos_token: named('eos'),
    unk_token: named('unknown'),
    pad_token: named('padding'),
    clean_up_tokenization_spaces: false,
    chat_template: String(gguf.fields.get('tokenizer.chat_template') ?? ''),
  };
  return new Map([
    [TOKENIZER_JSON, JSON.stringify(tokenizer)],
    [TOKENIZER_CONFIG_JSON, JSON.stringify(config)],
  ]);
}

function at(value: GgufValue | undefined, index: number): unknown {
  return typeof value === 'object' ? (value as ArrayLike<unknown>)[index] : undefined;
}

function texts(gguf: GgufFile, key: string): string[] {
  const value = gguf.fields.get(key);
  if (!Array.isArray(value) || value.some((item) => typeof item !== 'string'))
    throw new Error(`${gguf.name}: ${key} is missing or no list of texts; give the whole model`);
  return value as string[];
}
