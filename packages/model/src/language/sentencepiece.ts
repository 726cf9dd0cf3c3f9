import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { TOKENIZER_CONFIG_JSON, TOKENIZER_JSON } from './tokenizer-files.js';

/** Name of the file that SentencePiece keeps a vocabulary in. */
export const SENTENCEPIECE_MODEL = 'tokenizer.model';

// Kinds of pieces, and of models, by their numbers in `sentencepiece_model.proto`.
const NORMAL = 1;
const UNKNOWN = 2;
const CONTROL = 3;
const BYTE = 6;
const BYTE_PAIR_ENCODING = 2;

interface Piece {
  readonly text: string;
  /** The higher, the earlier it is merged. */
  readonly score: number;
  readonly kind: number;
}

/** What is read of a `ModelProto`; numbers in the comments are those of its fields. */
interface SentencePieceModel {
  readonly pieces: readonly Piece[];
  readonly algorithm: number;
  readonly beginId: number;
  readonly endId: number;
  readonly byteFallback: boolean;
  /** Rules by which characters are replaced before anything else; empty for the identity. */
  readonly characterRules: number;
  readonly addsLeadingSpace: boolean;
  readonly removesSpaces: boolean;
}

/**
 * Tokenizer files in Hugging Face's form from a SentencePiece `tokenizer.model`, text by file name: `tokenizer.json` and
 * `tokenizer_config.json` (names of the special tokens, no chat template). Read are byte-pair models that fall back to
 * bytes and leave characters and spaces as they are: those of Llama and Mistral (Kudo and Richardson, 2018; the format
 * is `sentencepiece_model.proto`). Throws an Error for another kind.
 */
export function tokenizerFilesOfSentencePiece(
  bytes: Uint8Array,
  file: string = SENTENCEPIECE_MODEL,
): Map<string, string> {
  const model = parse(bytes, file);
  const { pieces } = model;
  const refused = [
    model.algorithm === BYTE_PAIR_ENCODING ? '' : 'its algorithm is not byte-pair encoding',
    model.byteFallback ? '' : 'characters that it lacks have no bytes to fall back to',
    model.characterRules === 0 ? '' : 'it replaces characters before it splits',
    model.removesSpaces ? 'it removes spaces' : '',
    pieces.every(({ kind }) => [NORMAL, UNKNOWN, CONTROL, BYTE].includes(kind))
      ? ''
      : 'it has pieces that users defined, or unused ones',
  ].filter((problem) => problem !== '');
  if (refused.length > 0)
    throw new Error(`${file}: ${refused.join(', and ')}; give the tokenizer of a Llama or Mistral model`);
  const special = pieces.flatMap(({ text, kind }, id) =>
    kind === UNKNOWN || kind === CONTROL ? [{ id, content: text }] : [],
  );
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  const spaces = { type: 'Replace', pattern: { String: ' ' }, content: '▁' };
  const unknown = pieces.find(({ kind }) => kind === UNKNOWN)?.text ?? null;
  const tokenizer = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special.map((token) => ({ ...token, ...flags })),
    normalizer: {
      type: 'Sequence',
      normalizers: model.addsLeadingSpace ? [{ type: 'Prepend', prepend: '▁' }, spaces] : [spaces],
    },
    pre_tokenizer: null,
    post_processor: null,
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        ...(model.addsLeadingSpace ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : []),
      ],
    },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: unknown,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: true,
      byte_fallback: true,
      vocab: Object.fromEntries(pieces.map(({ text }, id) => [text, id])),
      merges: mergesOf(pieces),
    },
  };
  const config = {
    bos_token: pieces[model.beginId]?.text ?? null,
    eos_token: pieces[model.endId]?.text ?? null,
    unk_token: unknown,
    clean_up_tokenization_spaces: false,
  };
  return new Map([
    [TOKENIZER_JSON, JSON.stringify(tokenizer)],
    [TOKENIZER_CONFIG_JSON, JSON.stringify(config)],
  ]);
}

/** SentencePiece joins whichever neighbours make the piece of the highest score; here that is a list of pairs in order. */
function mergesOf(pieces: readonly Piece[]): [string, string][] {
  const known = new Map(pieces.map((piece, id) => [piece.text, { ...piece, id }]));
  const merges: {
    readonly pair: [string, string];
    readonly score: number;
    readonly ids: [number, number];
  }[] = [];
  for (const { text, score, kind } of pieces) {
    if (kind !== NORMAL) continue;
    const characters = [...text];
    for (let cut = 1; cut < characters.length; cut++) {
      const left = known.get(characters.slice(0, cut).join(''));
      const right = known.get(characters.slice(cut).join(''));
      if (left?.kind === NORMAL && right?.kind === NORMAL)
        merges.push({ pair: [left.text, right.text], score, ids: [left.id, right.id] });
    }
  }
  merges.sort((a, b) => b.score - a.score || a.ids[0] - b.ids[0] || a.ids[1] - b.ids[1]);
  return merges.map(({ pair }) => pair);
}

function parse(bytes: Uint8Array, file: string): SentencePieceModel {
  const pieces: Piece[] = [];
  let trainer: Fields = new Map();
  let normalizer: Fields = new Map();
  try {
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      const [field, wireType] = reader.tag();
      if (field === 1) pieces.push(pieceOf(fieldsOf(reader.bytes())));
      else if (field === 2) trainer = fieldsOf(reader.bytes());
      else if (field === 3) normalizer = fieldsOf(reader.bytes());
      else reader.skip(wireType);
    }
  } catch (error) {
    throw new Error(`${file}: this is no SentencePiece model; copy it again`, { cause: error });
  }
  if (pieces.length === 0) throw new Error(`${file}: it has no pieces; copy it again`);
  return {
    pieces,
    algorithm: number(trainer, 3, 1),
    beginId: number(trainer, 41, 1),
    endId: number(trainer, 42, 2),
    byteFallback: number(trainer, 35, 0) === 1,
    characterRules: normalizer.get(2)?.length ?? 0,
    addsLeadingSpace: number(normalizer, 3, 1) === 1,
    removesSpaces: number(normalizer, 4, 1) === 1,
  };
}

/** The last value of each field of a message: the bytes of a varint, of 32 bits, or of a part with a length. */
type Fields = ReadonlyMap<number, Uint8Array>;

function fieldsOf(message: Uint8Array): Fields {
  const fields = new Map<number, Uint8Array>();
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    fields.set(field, wireType === WireType.LengthDelimited ? reader.bytes() : reader.skip(wireType));
  }
  return fields;
}

/** A field that is a varint: an enum, a truth value, a 32-bit integer, which may be negative. */
function number(fields: Fields, field: number, otherwise: number): number {
  const bytes = fields.get(field);
  return bytes === undefined ? otherwise : new BinaryReader(bytes).int32();
}

function pieceOf(fields: Fields): Piece {
  const score = fields.get(2);
  return {
    text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(fields.get(1)),
    score: score === undefined ? 0 : new BinaryReader(score).float(),
    kind: number(fields, 3, NORMAL),
  };
}
