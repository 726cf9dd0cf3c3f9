import { Template } from '@huggingface/jinja';
import { Tokenizer as BytePairTokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';
import { bytesOfPiece, bytesOfToken } from './byte-tokens.js';
import { TOKENIZER_CONFIG_JSON, TOKENIZER_JSON } from './tokenizer-files.js';

/** One turn of a conversation. */
export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

const decoderPart = z.looseObject({ type: z.string(), prepend_scheme: z.string().nullish() });
const decoderSchema = decoderPart.extend({ decoders: z.array(decoderPart).optional() });

const tokenizerSchema = z.looseObject({
  added_tokens: z.array(z.looseObject({ id: z.int(), content: z.string().min(1), special: z.boolean() })),
  model: z.looseObject({ type: z.literal('BPE'), byte_fallback: z.boolean().nullish() }),
  decoder: decoderSchema,
});

/** A special token as its text, or with how it is matched besides. */
const namedToken = z
  .union([z.string(), z.looseObject({ content: z.string() }).transform(({ content }) => content)])
  .nullish();

const configSchema = z.looseObject({
  eos_token: namedToken,
  bos_token: namedToken,
  pad_token: namedToken,
  chat_template: z.string().nullish(),
});

type TokenizerConfig = z.infer<typeof configSchema>;

/** How the tokens of a vocabulary stand for bytes. */
interface Spelling {
  readonly bytesOf: (token: string) => Uint8Array;
  /** Whether a space is put before every text, and so is no part of what a first token says. */
  readonly addsLeadingSpace: boolean;
}

const byteLevel: Spelling = { bytesOf: bytesOfToken, addsLeadingSpace: false };

/** The spelling that a `tokenizer.json` states. Throws an Error for one in which some bytes have no token. */
function spellingOf({ decoder, model }: z.infer<typeof tokenizerSchema>): Spelling {
  const parts = decoder.type === 'Sequence' ? (decoder.decoders ?? []) : [decoder];
  if (parts.some(({ type }) => type === 'ByteLevel')) return byteLevel;
  if (model.byte_fallback !== true)
    throw new Error(
      `${TOKENIZER_JSON}: some bytes have no token in it; give one with byte-level or byte fallback BPE`,
    );
  const addsLeadingSpace = parts.some(
    ({ type, prepend_scheme }) => type === 'Strip' || (type === 'Metaspace' && prepend_scheme !== 'never'),
  );
  return { bytesOf: bytesOfPiece, addsLeadingSpace };
}

interface EncodeOptions {
  /** Whether special tokens written in the text count as such; false by default, as it must be for what users type. */
  readonly parseSpecial?: boolean;
}

/** Text to tokens and back, for a vocabulary of byte-level BPE or of SentencePiece. Made by `loadTokenizer`. */
export class Tokenizer {
  /** Ids of the special tokens by their text. */
  readonly specialTokens: ReadonlyMap<string, number>;
  /** Token that a text begins with, if the configuration names one; `encode` does not add it. */
  readonly startToken: number | undefined;
  /** Token that ends a turn, if the configuration names one. */
  readonly endToken: number | undefined;
  private readonly special: ReadonlyMap<number, string>;

  /** @internal */
  constructor(
    private readonly tokenizer: BytePairTokenizer,
    specialTokens: readonly { readonly id: number; readonly content: string }[],
    private readonly config: TokenizerConfig | undefined,
    private readonly spelling: Spelling,
  ) {
    this.specialTokens = new Map(specialTokens.map(({ id, content }) => [content, id]));
    this.special = new Map(specialTokens.map(({ id, content }) => [id, content]));
    this.startToken = this.specialTokens.get(config?.bos_token ?? '');
    this.endToken = this.specialTokens.get(config?.eos_token ?? '');
  }

  /** Tokens of a text; none are added. Text without an encoding does not exist: every byte has a token. */
  encode(text: string, { parseSpecial = false }: EncodeOptions = {}): number[] {
    if (text === '') return [];
    if (parseSpecial) return this.tokenizer.encode(text, { add_special_tokens: false }).ids;
    const normalized = this.tokenizer.normalizer?.(text) ?? text;
    const pieces = this.tokenizer.pre_tokenizer?.(normalized, { section_index: 0 }) ?? [normalized];
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
      return this.spelling.bytesOf(token);
    }, this.spelling.addsLeadingSpace);
  }

  /**
   * The conversation as the model was trained to read it; with a generation prompt unless told otherwise. Throws an
   * Error when the tokenizer was loaded without a chat template.
   */
  chatText(messages: readonly ChatMessage[], options: { readonly generationPrompt?: boolean } = {}): string {
    if (this.config === undefined)
      throw new Error('chat: the tokenizer came without its tokenizer_config.json');
    if (!this.config.chat_template) throw new Error(`chat: ${TOKENIZER_CONFIG_JSON} has no chat template`);
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
  constructor(
    private readonly bytesOf: (id: number) => Uint8Array | undefined,
    /** Whether the first space is none of the text's. */
    private skipsSpace: boolean,
  ) {}

  /** The text that this token completes; often a word, sometimes nothing. */
  push(id: number): string {
    const bytes = this.bytesOf(id);
    if (bytes === undefined) return '';
    const text = this.decoder.decode(bytes, { stream: true });
    if (!this.skipsSpace || text === '') return text;
    this.skipsSpace = false;
    return text.startsWith(' ') ? text.slice(1) : text;
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
  return new Tokenizer(
    new BytePairTokenizer(tokenizer, config ?? {}),
    special,
    config,
    spellingOf(tokenizer),
  );
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
