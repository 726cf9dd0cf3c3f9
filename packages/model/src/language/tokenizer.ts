import { Template } from '@huggingface/jinja';
import { Tokenizer as BytePairTokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';
import { bytesOfToken } from './byte-tokens.js';
import { TOKENIZER_CONFIG_JSON, TOKENIZER_JSON } from './tokenizer-files.js';

/** One turn of a conversation. */
export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

const tokenizerSchema = z.looseObject({
  added_tokens: z.array(z.looseObject({ id: z.int(), content: z.string().min(1), special: z.boolean() })),
  model: z.looseObject({ type: z.literal('BPE') }),
});

const configSchema = z.looseObject({
  eos_token: z.string().nullish(),
  bos_token: z.string().nullish(),
  pad_token: z.string().nullish(),
  chat_template: z.string(),
});

type TokenizerConfig = z.infer<typeof configSchema>;

interface EncodeOptions {
  /** Whether special tokens written in the text count as such; false by default, as it must be for what users type. */
  readonly parseSpecial?: boolean;
}

/** Text to tokens and back, for a byte-level BPE vocabulary. Made by `loadTokenizer`. */
export class Tokenizer {
  /** Ids of the special tokens by their text. */
  readonly specialTokens: ReadonlyMap<string, number>;
  /** Token that ends a turn, if the configuration names one. */
  readonly endToken: number | undefined;
  private readonly special: ReadonlyMap<number, string>;

  /** @internal */
  constructor(
    private readonly tokenizer: BytePairTokenizer,
    specialTokens: readonly { readonly id: number; readonly content: string }[],
    private readonly config: TokenizerConfig | undefined,
  ) {
    this.specialTokens = new Map(specialTokens.map(({ id, content }) => [content, id]));
    this.special = new Map(specialTokens.map(({ id, content }) => [id, content]));
    this.endToken = this.specialTokens.get(config?.eos_token ?? '');
  }

  /** Tokens of a text; none are added. Text without an encoding does not exist: every byte has a token. */
  encode(text: string, { parseSpecial = false }: EncodeOptions = {}): number[] {
    if (text === '') return [];
    if (parseSpecial) return this.tokenizer.encode(text, { add_special_tokens: false }).ids;
    const pieces = this.tokenizer.pre_tokenizer?.(text) ?? [text];
    const model = this.tokenizer.model!;
    return (model(pieces) as string[]).map((token) => model.tokens_to_ids.get(token)!);
  }

  /** The text of tokens. Special ones are left out unless asked for; bytes that are no UTF-8 become U+FFFD. */
  decode(ids: readonly number[], options: { readonly keepSpecial?: boolean } = {}): string {
    const stream = this.stream(options);
    return ids.map((id) => stream.push(id)).join('') + stream.end();
  }

  /** Text as tokens come, never with half a character. */
  stream(options: { readonly keepSpecial?: boolean } = {}): TextStream {
    return new TextStream((id) => {
      const special = this.special.get(id);
      if (special !== undefined) return options.keepSpecial ? new TextEncoder().encode(special) : undefined;
      const token = this.tokenizer.id_to_token(id);
      if (token === undefined) throw new RangeError(`decode: token ${id} is not in the vocabulary`);
      return bytesOfToken(token);
    });
  }

  /**
   * The conversation as the model was trained to read it; with a generation prompt unless told otherwise. Throws an
   * Error when the tokenizer was loaded without a chat template.
   */
  chatText(messages: readonly ChatMessage[], options: { readonly generationPrompt?: boolean } = {}): string {
    if (this.config === undefined)
      throw new Error('chat: the tokenizer came without its tokenizer_config.json');
    const { chat_template, ...variables } = this.config;
    return new Template(chat_template).render({
      ...variables,
      messages: messages.map(({ role, content }) => ({ role, content })),
      add_generation_prompt: options.generationPrompt ?? true,
    });
  }

  /**
   * Tokens of a conversation. Special tokens that someone wrote into a message are plain text here, so that a question
   * cannot end its turn and begin another.
   */
  encodeChat(
    messages: readonly ChatMessage[],
    options: { readonly generationPrompt?: boolean } = {},
  ): number[] {
    const forged = [...this.specialTokens.keys()].filter((token) =>
      messages.some(({ content }) => content.includes(token)),
    );
    if (forged.length === 0) return this.encode(this.chatText(messages, options), { parseSpecial: true });
    // Each content is set aside under a mark that no special token and no other content holds.
    const marks = messages.map((_, index) => `\u{f0000}${index}\u{f0001}`);
    const marked = this.chatText(
      messages.map(({ role }, index) => ({ role, content: marks[index]! })),
      options,
    );
    return marked.split(/(\u{f0000}\d+\u{f0001})/u).flatMap((part) => {
      const index = marks.indexOf(part);
      return index < 0 ? this.encode(part, { parseSpecial: true }) : this.encode(messages[index]!.content);
    });
  }

  /** The id of a token by its text. Throws an Error when there is none. */
  tokenId(token: string): number {
    const id = this.tokenizer.token_to_id(token);
    if (id === undefined) throw new Error(`the vocabulary has no token ${JSON.stringify(token)}`);
    return id;
  }
}

/** Turns tokens into text piece by piece; a character that needs several tokens comes with the last of them. */
export class TextStream {
  private readonly decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  /** @internal */
  constructor(private readonly bytesOf: (id: number) => Uint8Array | undefined) {}

  /** The text that this token completes; often a word, sometimes nothing. */
  push(id: number): string {
    const bytes = this.bytesOf(id);
    return bytes === undefined ? '' : this.decoder.decode(bytes, { stream: true });
  }

  /** What is left at the end: U+FFFD for a character that never became whole. */
  end(): string {
    return this.decoder.decode();
  }
}

/**
 * A tokenizer from the texts of its `tokenizer.json` and, for conversations, `tokenizer_config.json`. Throws an Error
 * that says what in them is wrong.
 */
export function loadTokenizer(tokenizerText: string, configText?: string): Tokenizer {
  const tokenizer = parse(TOKENIZER_JSON, tokenizerText, tokenizerSchema);
  const config =
    configText === undefined ? undefined : parse(TOKENIZER_CONFIG_JSON, configText, configSchema);
  const special = tokenizer.added_tokens.filter((token) => token.special);
  return new Tokenizer(new BytePairTokenizer(tokenizer, config ?? {}), special, config);
}

function parse<T>(file: string, text: string, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`${file}: it is not JSON; fetch the bundle again`, { cause: error });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new Error(`${file}: ${z.prettifyError(result.error)}; fetch the bundle again`);
}
