import { FETCH_AGAIN, WeightFileError } from './errors.js';
import { NeedsMoreBytes } from './source.js';

const LONGEST_LINE = 1024;

/** Reads the arguments of pickle opcodes. Throws NeedsMoreBytes at the end of what it was given. */
export class PickleCursor {
  private readonly data: DataView;
  private readonly utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
  // Python 2 wrote its byte strings without an encoding.
  private readonly latin1 = new TextDecoder('latin1');

  constructor(
    private readonly file: string,
    private readonly bytes: Uint8Array,
    public position: number,
  ) {
    this.data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  private take(length: number): number {
    const at = this.position;
    if (at + length > this.bytes.length) throw new NeedsMoreBytes();
    this.position = at + length;
    return at;
  }

  uint8(): number {
    return this.data.getUint8(this.take(1));
  }

  uint16(): number {
    return this.data.getUint16(this.take(2), true);
  }

  int32(): number {
    return this.data.getInt32(this.take(4), true);
  }

  uint32(): number {
    return this.data.getUint32(this.take(4), true);
  }

  /** A 64-bit length. One that no array has counts as one that the bytes do not reach. */
  uint64(): number {
    return Number(this.data.getBigUint64(this.take(8), true));
  }

  float64(): number {
    return this.data.getFloat64(this.take(8), false);
  }

  text(length: number): string {
    const at = this.take(length);
    return this.utf8.decode(this.bytes.subarray(at, at + length));
  }

  byteText(length: number): string {
    const at = this.take(length);
    return this.latin1.decode(this.bytes.subarray(at, at + length));
  }

  raw(length: number): Uint8Array {
    const at = this.take(length);
    return this.bytes.slice(at, at + length);
  }

  /** Text up to a line feed: half of a GLOBAL. */
  line(): string {
    const end = this.bytes.indexOf(10, this.position);
    if (end < 0 && this.bytes.length - this.position <= LONGEST_LINE) throw new NeedsMoreBytes();
    if (end < 0 || end - this.position > LONGEST_LINE) {
      throw new WeightFileError(this.file, 'its pickle has a name without an end', FETCH_AGAIN);
    }
    const line = this.text(end - this.position);
    this.position = end + 1;
    return line;
  }

  /** A two's-complement integer of `length` bytes: a number where it is exact, else a bigint. */
  long(length: number): number | bigint {
    if (length > 32) {
      throw new WeightFileError(this.file, `its pickle has an integer of ${length} bytes`, FETCH_AGAIN);
    }
    const at = this.take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.bytes[at + i]!);
    const signed = BigInt.asIntN(8 * length, value);
    const number = Number(signed);
    return Number.isSafeInteger(number) ? number : signed;
  }
}
