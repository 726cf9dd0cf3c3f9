import { type ByteSource, bytesSource } from '@prs-med/nn';
import { BundleError } from './bundle-error.js';

/** The files of a bundle: a folder, an archive, files fetched by a browser. */
export interface BundleSource {
  /** What errors call the bundle. */
  readonly name: string;
  /** Opens a file by its plain name. Throws BundleError when there is none of that name. */
  open(file: string): Promise<ByteSource>;
  /** SHA-256 in lower-case hex, where there is a faster way than WebCrypto. */
  readonly sha256?: (bytes: Uint8Array) => string | Promise<string>;
  /** The same of a file, where it need not be held in memory for that. Throws BundleError when it cannot be read. */
  readonly sha256OfFile?: (file: string) => Promise<string>;
  /** Lets go of what `open` holds. */
  close?(): Promise<void>;
}

/** A bundle in memory. */
export function memoryBundle(name: string, files: ReadonlyMap<string, Uint8Array>): BundleSource {
  return {
    name,
    async open(file) {
      const bytes = files.get(file);
      if (bytes === undefined) throw missingFile(name, file);
      return bytesSource(file, bytes);
    },
  };
}

/** What `open` throws for a file that the bundle lacks. */
export const missingFile = (bundle: string, file: string, options?: ErrorOptions): BundleError =>
  new BundleError(
    bundle,
    `the bundle has no file ${file}`,
    'copy the whole bundle again, or build it with prs-med bundle build',
    options,
  );

/** SHA-256 in lower-case hex by WebCrypto. */
export async function webSha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
