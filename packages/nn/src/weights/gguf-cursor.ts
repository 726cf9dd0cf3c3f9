import { FETCH_AGAIN, WeightFileError } from './errors.js';
import { NeedsMoreBytes } from './source.js';

/** A value of GGUF metadata. 64-bit integers beyond 2^53 are bigints. */
export type GgufValue = number | bigint | boolean | string | readonly GgufValue[];

// Bytes of each value type of gguf.md by its number; for strings and arrays the least they take.
const LEAST_BYTES: readonly number[] = [1, 1, 2, 2, 4, 4, 4, 1, 8, 12, 8, 8, 8];
const STRING = 8;
const ARRAY = 9;
const DEEPEST_ARRAY = 8;

/** Reads the values of a GGUF header one after another. Throws NeedsMoreBytes at the end of what it was given. */
export class GgufCursor {
  position = 0;
  private readonly data: DataView;
  private readonly decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  constructor(
    private readonly file: string,
    private readonly bytes: Uint8Array,
    private readonly fileSize: number,
  ) {
    this.data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  private take(length: number): number {
    const at = this.position;
    if (at + length > this.bytes.length) throw new NeedsMoreBytes();
    this.position = at + length;
    return at;
  }

  uint32(): number {
    return this.data.getUint32(this.take(4), true);
  }

  safeUint64(what: string): number {
    const value = this.data.getBigUint64(this.take(8), true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw new WeightFileError(this.file, `${what} is ${value}, too large for any file`, FETCH_AGAIN);
    }
    return Number(value);
  }

  /** A number of things that follow, of at least `leastBytes` each: checked before anything is made of it. */
  count(leastBytes: number, what: string): number {
    const count = this.safeUint64(`the number of ${what}`);
    if (count * leastBytes > this.fileSize - this.position) {
      const problem = `it announces ${count} ${what} in a file of ${this.fileSize} bytes`;
      throw new WeightFileError(this.file, problem, FETCH_AGAIN);
    }
    return count;
  }

  string(): string {
    const length = this.count(1, 'characters of a string');
    const at = this.take(length);
    return this.decoder.decode(this.bytes.subarray(at, at + length));
  }

  value(type: number, depth = 0): GgufValue {
    const { data } = this;
    switch (type) {
      case 0:
        return data.getUint8(this.take(1));
      case 1:
        return data.getInt8(this.take(1));
      case 2:
        return data.getUint16(this.take(2), true);
      case 3:
        return data.getInt16(this.take(2), true);
      case 4:
        return this.uint32();
      case 5:
        return data.getInt32(this.take(4), true);
      case 6:
        return data.getFloat32(this.take(4), true);
      case 7:
        return data.getUint8(this.take(1)) !== 0;
      case STRING:
        return this.string();
      case ARRAY:
        return this.array(depth + 1);
      case 10:
        return narrow(data.getBigUint64(this.take(8), true));
      case 11:
        return narrow(data.getBigInt64(this.take(8), true));
      case 12:
        return data.getFloat64(this.take(8), true);
      default:
        throw new WeightFileError(this.file, `metadata has the unknown value type ${type}`, FETCH_AGAIN);
    }
  }

  private array(depth: number): readonly GgufValue[] {
    const type = this.uint32();
    const leastBytes = LEAST_BYTES[type];
    if (leastBytes === undefined || depth > DEEPEST_ARRAY) {
      const what = depth > DEEPEST_ARRAY ? 'arrays nested too deep' : `an array of the unknown type ${type}`;
      throw new WeightFileError(this.file, `metadata has ${what}`, FETCH_AGAIN);
    }
    const length = this.count(leastBytes, 'values of an array');
    const values: GgufValue[] = [];
    for (let i = 0; i < length; i++) values.push(this.value(type, depth));
    return values;
  }
}

function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
