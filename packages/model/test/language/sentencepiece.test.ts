import { readFileSync } from 'node:fs';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tokenizerFilesOfSentencePiece } from '../../src/language/sentencepiece.js';
import { loadTokenizer, type Tokenizer } from '../../src/language/tokenizer.js';

const fixture = (file: string) => readFileSync(new URL(`../fixtures/${file}`, import.meta.url));

/**
 * What SentencePiece 0.2 itself gives with the model beside it, which it made of this project's documents: byte pairs,
 * 1,200 pieces, byte fallback, the identity for characters, a space before each text, digits apart (as Llama's is).
 */
const expected: readonly { readonly text: string; readonly ids: number[]; readonly decoded: string }[] =
  JSON.parse(fixture('sentencepiece.json').toString());

const load = (bytes: Uint8Array): Tokenizer => {
  const files = tokenizerFilesOfSentencePiece(bytes);
  return loadTokenizer(files.get('tokenizer.json')!, files.get('tokenizer_config.json'));
};
const tokenizer = load(fixture('sentencepiece.model'));

describe('a tokenizer from a SentencePiece model', () => {
  test.each(expected)(
    'gives the ids and the text that SentencePiece gives: $text',
    ({ text, ids, decoded }) => {
      expect(tokenizer.encode(text)).toEqual(ids);
      expect(tokenizer.decode(ids)).toBe(decoded);
      const stream = tokenizer.stream();
      const parts = ids.map((id) => stream.push(id));
      expect(parts.join('') + stream.end()).toBe(decoded);
    },
  );

  test('knows the special tokens and what they are for', () => {
    expect(Object.fromEntries(tokenizer.specialTokens)).toEqual({ '<unk>': 0, '<s>': 1, '</s>': 2 });
    expect([tokenizer.startToken, tokenizer.endToken]).toEqual([1, 2]);
    expect(tokenizer.encode('a</s>', { parseSpecial: true }).at(-1)).toBe(2);
    expect(() => tokenizer.chatText([])).toThrow('no chat template');
  });

  test('is the same where Hugging Face writes the spaces as a pre-tokenizer', () => {
    const files = tokenizerFilesOfSentencePiece(fixture('sentencepiece.model'));
    const json = JSON.parse(files.get('tokenizer.json')!);
    const metaspace = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first', split: false };
    const other = { ...json, normalizer: null, pre_tokenizer: metaspace, decoder: metaspace };
    const config = JSON.parse(files.get('tokenizer_config.json')!);
    config.eos_token = { content: '</s>', special: true };
    const loaded = loadTokenizer(JSON.stringify(other), JSON.stringify(config));
    for (const { text, ids, decoded } of expected) {
      // There a text that begins with a space gets no second one.
      if (/^[ ▁]/.test(text)) continue;
      expect(loaded.encode(text)).toEqual(ids);
      expect(loaded.decode(ids)).toBe(decoded);
    }
    expect(loaded.endToken).toBe(2);
  });

  test('gives every text back that holds no mark for a space', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const plain = text.replaceAll('▁', '_');
        const ids = tokenizer.encode(plain);
        expect(ids.every((id) => id >= 3)).toBe(true);
        expect(tokenizer.decode(ids)).toBe(plain);
      }),
    );
  });
});

/** A model of a few pieces in SentencePiece's format, with some settings changed. */
function tinyModel(settings: {
  algorithm?: number;
  fallback?: boolean;
  rules?: boolean;
  userDefined?: boolean;
}) {
  const { algorithm = 2, fallback = true, rules = false, userDefined = false } = settings;
  const writer = new BinaryWriter();
  const part = (field: number, content: (inner: BinaryWriter) => void) => {
    writer.tag(field, WireType.LengthDelimited).fork();
    content(writer);
    writer.join();
  };
  for (const [text, kind] of [
    ['<unk>', 2],
    ['a', userDefined ? 4 : 1],
  ] as const)
    part(1, (inner) => {
      inner.tag(1, WireType.LengthDelimited).string(text);
      inner.tag(2, WireType.Bit32).float(-1);
      inner.tag(3, WireType.Varint).uint32(kind);
    });
  part(2, (inner) => {
    inner.tag(3, WireType.Varint).uint32(algorithm);
    inner.tag(35, WireType.Varint).bool(fallback);
  });
  part(3, (inner) => {
    if (rules) inner.tag(2, WireType.LengthDelimited).bytes(Uint8Array.of(1, 2));
    inner.tag(4, WireType.Varint).bool(false);
  });
  return writer.finish();
}

describe('a SentencePiece model of another kind', () => {
  test.each([
    [{ algorithm: 1 }, 'its algorithm is not byte-pair encoding'],
    [{ fallback: false }, 'no bytes to fall back to'],
    [{ rules: true }, 'replaces characters'],
    [{ userDefined: true }, 'pieces that users defined'],
  ])('is refused: %j', (settings, message) => {
    expect(() => tokenizerFilesOfSentencePiece(tinyModel({}))).not.toThrow();
    expect(() => tokenizerFilesOfSentencePiece(tinyModel(settings))).toThrow(message);
  });

  test('or none at all is refused too', () => {
    const text = new TextEncoder().encode('not a model');
    expect(() => tokenizerFilesOfSentencePiece(text, 'x.model')).toThrow('x.model: ');
    expect(() => tokenizerFilesOfSentencePiece(new Uint8Array())).toThrow(
      'tokenizer.model: it has no pieces',
    );
    const cut = fixture('sentencepiece.model').subarray(0, 5000);
    expect(() => tokenizerFilesOfSentencePiece(cut)).toThrow('this is no SentencePiece model');
  });

  test('whose tokenizer.json has no token for some bytes is refused', () => {
    const json = JSON.parse(tokenizerFilesOfSentencePiece(tinyModel({})).get('tokenizer.json')!);
    json.model.byte_fallback = false;
    expect(() => loadTokenizer(JSON.stringify(json))).toThrow('some bytes have no token');
  });
});
