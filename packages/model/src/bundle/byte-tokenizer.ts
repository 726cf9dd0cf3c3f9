/** Special tokens of the byte-level tokenizer, from id 0 on; the places of ChatML's are those of SmolLM2. */
const SPECIAL = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'];

/**
 * `tokenizer.json` of a tokenizer whose tokens are bytes and a few special ones, filled up to `vocabulary`: for models
 * so small that they have no words.
 * @throws RangeError when the vocabulary has no room for all bytes
 */
export function byteTokenizer(vocabulary: number): string {
  const unused = vocabulary - SPECIAL.length - 256;
  if (unused < 0) throw new RangeError(`byteTokenizer: ${vocabulary} tokens are too few for all bytes`);
  const bytes = byteLetters().map((letter, byte) => [letter, SPECIAL.length + byte] as const);
  const fillers = Array.from({ length: unused }, (_, i) => `<|unused_${i}|>`);
  const special = [
    ...SPECIAL.map((content, id) => ({ id, content })),
    ...fillers.map((content, i) => ({ id: SPECIAL.length + 256 + i, content })),
  ];
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  return `${JSON.stringify({
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special.map(({ id, content }) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries([...special.map(({ id, content }) => [content, id] as const), ...bytes]),
      merges: [],
    },
  })}\n`;
}

/** GPT-2's visible letter for each byte: itself where it is printable, else one from U+0100 on. */
function byteLetters(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable =
      (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
    return String.fromCodePoint(printable ? byte : next++);
  });
}
