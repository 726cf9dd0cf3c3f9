/** A file of a bundle, or of what is made of one, to be written: its bytes in chunks, made as they are asked for. */
export interface BundleFile {
  readonly name: string;
  readonly chunks: AsyncIterable<Uint8Array>;
}

export const textFile = (name: string, text: string): BundleFile =>
  bytesFile(name, [new TextEncoder().encode(text)]);

export const bytesFile = (name: string, chunks: Iterable<Uint8Array>): BundleFile => ({
  name,
  chunks: each(chunks),
});

async function* each(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  yield* chunks;
}
