/**
 * The printable characters that byte-level vocabularies write bytes as (GPT-2): printable Latin-1 stands for itself,
 * the other 68 bytes take the characters from U+0100 on.
 */
const byteOfCharacter = ((): ReadonlyMap<string, number> => {
  const bytes = new Map<string, number>();
  let next = 256;
  for (let byte = 0; byte < 256; byte++) {
    const printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    bytes.set(String.fromCharCode(printable ? byte : next++), byte);
  }
  return bytes;
})();

/** The bytes that a token of a byte-level vocabulary stands for. */
export function bytesOfToken(token: string): Uint8Array {
  const bytes = new Uint8Array(token.length);
  for (let i = 0; i < token.length; i++) bytes[i] = byteOfCharacter.get(token[i]!) ?? 0x3f;
  return bytes;
}

const BYTE_PIECE = /^<0x([0-9A-F]{2})>$/;

/** The bytes that a piece of a SentencePiece vocabulary stands for: `<0x0A>` a byte, `▁` a space, all else its UTF-8. */
export function bytesOfPiece(piece: string): Uint8Array {
  const byte = BYTE_PIECE.exec(piece)?.[1];
  if (byte !== undefined) return Uint8Array.of(Number.parseInt(byte, 16));
  return new TextEncoder().encode(piece.replaceAll('▁', ' '));
}
