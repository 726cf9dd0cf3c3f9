import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { temporaryName, writeFailure } from './write-beside.js';

/** Characters that are kept before they are written. */
const CHUNK = 1 << 20;

/** Writes text piece by piece to a file that is written beside and gets its name in `close`. */
export class TextWriter {
  readonly #path: string;
  readonly #temporary: string;
  readonly #file: FileHandle;
  #text = '';

  private constructor(path: string, temporary: string, file: FileHandle) {
    this.#path = path;
    this.#temporary = temporary;
    this.#file = file;
  }

  /** @throws DatasetError when the file cannot be made */
  static async create(path: string): Promise<TextWriter> {
    const temporary = temporaryName(path);
    try {
      return new TextWriter(path, temporary, await open(temporary, 'wx'));
    } catch (error) {
      throw writeFailure(path, error);
    }
  }

  /** @throws DatasetError when the disk refuses; the half-written file is then gone */
  async write(text: string): Promise<void> {
    this.#text += text;
    if (this.#text.length >= CHUNK) await this.#orAbort(() => this.#flush());
  }

  /** Writes what is left and gives the file its name. @throws DatasetError as `write` does */
  async close(): Promise<void> {
    await this.#orAbort(async () => {
      await this.#flush();
      await this.#file.close();
      await rename(this.#temporary, this.#path);
    });
  }

  /** Takes away what was written. May be called after a failure and more than once. */
  async abort(): Promise<void> {
    await this.#file.close().catch(() => undefined);
    await rm(this.#temporary, { force: true });
  }

  async #flush(): Promise<void> {
    await this.#file.writeFile(this.#text);
    this.#text = '';
  }

  async #orAbort(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      await this.abort();
      throw writeFailure(this.#path, error);
    }
  }
}
