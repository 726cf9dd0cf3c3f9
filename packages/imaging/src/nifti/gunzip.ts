/** Whether bytes start as gzip does. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * The unpacked bytes of gzip, piece by piece, so that a reader can stop early and memory holds one piece.
 * @throws when the bytes are damaged or cut short
 */
export async function* gunzip(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  const packed = new Blob([bytes as Uint8Array<ArrayBuffer>]);
  const unpacked = packed.stream().pipeThrough(new DecompressionStream('gzip'));
  const reader = unpacked.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
