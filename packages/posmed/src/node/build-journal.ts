import { type FileHandle, open } from 'node:fs/promises';
import { writeFailure } from './write-beside.js';

/** A key is 32 hexadecimal digits and a blank before a line's JSON. */
const KEY_LENGTH = 32;
const KEY = /^[0-9a-f]{32} $/;
const NEWLINE = 10;
const BLOCK = 1 << 20;

/** Where the JSON of an entry stands in the file, in bytes. */
interface Place {
  readonly at: number;
  readonly length: number;
}

/**
 * Results that are kept in a file as they come, in any order, and found again by key. A line that a kill cut short is
 * dropped when the file is opened again, so that a kill loses no more than what was under way.
 */
export class Journal<Value> {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #places: Map<string, Place>;
  readonly #isDurable: boolean;
  #end: number;
  #writing: Promise<void> = Promise.resolve();

  private constructor(
    path: string,
    file: FileHandle,
    places: Map<string, Place>,
    end: number,
    isDurable: boolean,
  ) {
    this.#path = path;
    this.#file = file;
    this.#places = places;
    this.#end = end;
    this.#isDurable = isDurable;
  }

  /**
   * @param isDurable whether an entry is on the disk itself when it has been added, so that a failing power supply loses
   * none either
   * @throws DatasetError when the file cannot be opened
   */
  static async open<Value>(path: string, isDurable = false): Promise<Journal<Value>> {
    let file: FileHandle | undefined;
    try {
      file = await open(path, 'a+');
      const places = new Map<string, Place>();
      const end = await findEntries(file, places);
      await file.truncate(end);
      return new Journal(path, file, places, end, isDurable);
    } catch (error) {
      await file?.close();
      throw writeFailure(path, error);
    }
  }

  keys(): IterableIterator<string> {
    return this.#places.keys();
  }

  has(key: string): boolean {
    return this.#places.has(key);
  }

  /** The value that was added last under a key that the journal has. */
  async get(key: string): Promise<Value> {
    const place = this.#places.get(key);
    if (!place) throw new Error(`${this.#path}: there is no entry ${key}`);
    const bytes = Buffer.allocUnsafe(place.length);
    await this.#file.read(bytes, 0, place.length, place.at);
    return JSON.parse(bytes.toString('utf8')) as Value;
  }

  /**
   * Adds a value under a key.
   * @throws DatasetError when the disk refuses, and from then on
   */
  async add(key: string, value: Value): Promise<void> {
    const line = Buffer.from(`${key} ${JSON.stringify(value)}\n`);
    // One after the other, so that only the last line can be cut short.
    this.#writing = this.#writing.then(async () => {
      try {
        await this.#file.writeFile(line);
        if (this.#isDurable) await this.#file.datasync();
      } catch (error) {
        throw writeFailure(this.#path, error);
      }
      this.#places.set(key, {
        at: this.#end + KEY_LENGTH + 1,
        length: line.length - KEY_LENGTH - 2,
      });
      this.#end += line.length;
    });
    await this.#writing;
  }

  async close(): Promise<void> {
    await this.#writing.catch(() => undefined);
    await this.#file.close();
  }
}

/** Finds the whole lines of a journal; gives where the last of them ends. */
async function findEntries(file: FileHandle, places: Map<string, Place>): Promise<number> {
  let lineStart = 0;
  let rest: Buffer = Buffer.alloc(0);
  for (let at = 0; ; ) {
    const block = Buffer.allocUnsafe(BLOCK);
    const { bytesRead } = await file.read(block, 0, BLOCK, at);
    if (bytesRead === 0) return lineStart;
    at += bytesRead;
    const bytes = Buffer.concat([rest, block.subarray(0, bytesRead)]);
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
      const key = bytes.toString('latin1', from, from + KEY_LENGTH + 1);
      if (!KEY.test(key)) return lineStart;
      places.set(key.slice(0, KEY_LENGTH), {
        at: lineStart + KEY_LENGTH + 1,
        length: end - from - KEY_LENGTH - 1,
      });
      lineStart += end + 1 - from;
      from = end + 1;
    }
    rest = bytes.subarray(from);
  }
}
