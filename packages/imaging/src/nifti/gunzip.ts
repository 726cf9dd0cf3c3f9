/** What is given to the unpacker at once: all of it would come out at once too. */
const PIECE_BYTES = 1 << 16;

/** Whether bytes start as gzip does. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * The unpacked bytes of gzip, piece by piece, so that a reader can stop early and memory holds one piece.
 * @throws when the bytes are damaged or cut short
 */
export async function* gunzip(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  let at = 0;
  const packed = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if (at >= bytes.length) controller.close();
      // A copy: what a stream is given may be taken away from its owner.
      else controller.enqueue(bytes.slice(at, at + PIECE_BYTES));
      at += PIECE_BYTES;
    },
  });
  const reader = packed.pipeThrough(new DecompressionStream('gzip')).getReader();
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
