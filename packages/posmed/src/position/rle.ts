import { checkSize, type Mask } from '@prs-med/imaging';

/** Run lengths that are none, or do not fit the size of the mask. The message does not name the file. */
export class RleError extends Error {
  override readonly name = 'RleError';
}

/** Characters hold six bits each, from "0" on: five of a number's bits, and one that says that more follow. */
const FIRST_CHARACTER = 48;
const LAST_CHARACTER = FIRST_CHARACTER + 63;
const VALUE_BITS = 5;
const VALUE = 31;
const MORE = 32;
const SIGN = 16;
/** Numbers of 32 bits take this many characters at most. */
const MOST_CHARACTERS = 7;

/**
 * A mask as COCO's compressed run-length encoding: runs of background and target in turn, column by column, beginning
 * with background; from the fourth run on its difference to the run before the last.
 * Source: the strings are those of `pycocotools.mask.encode`.
 * @throws RangeError when the data do not fill the mask's size
 */
export function encodeRle(mask: Mask): string {
  const counts = countRuns(mask);
  const characters: string[] = [];
  for (let i = 0; i < counts.length; i++) {
    let value = i > 2 ? counts[i]! - counts[i - 2]! : counts[i]!;
    for (;;) {
      const bits = value & VALUE;
      value >>= VALUE_BITS;
      const isLast = bits & SIGN ? value === -1 : value === 0;
      characters.push(String.fromCharCode(FIRST_CHARACTER + bits + (isLast ? 0 : MORE)));
      if (isLast) break;
    }
  }
  return characters.join('');
}

/**
 * The mask of COCO's run-length encoding, compressed (a string) or not (the list of its runs).
 * @param width of the mask in pixels
 * @param height of the mask in pixels
 * @throws RleError when it is no run-length encoding or its runs do not add up to the size
 */
export function decodeRle(rle: string | readonly number[], width: number, height: number): Mask {
  const counts = typeof rle === 'string' ? decompress(rle) : rle;
  const pixels = width * height;
  let covered = 0;
  counts.forEach((count, i) => {
    if (!Number.isInteger(count) || count < 0) {
      throw new RleError(`run ${i + 1} of the mask is ${count}, which is no number of pixels`);
    }
    covered += count;
  });
  if (covered !== pixels) {
    throw new RleError(
      `the runs of the mask cover ${covered} pixels, not the ${pixels} of ${width} x ${height}`,
    );
  }
  const data = new Uint8Array(pixels);
  let at = 0;
  counts.forEach((count, i) => {
    if (i % 2 === 1) fillColumns(data, at, at + count, width, height);
    at += count;
  });
  return { width, height, data };
}

/** Runs of background and target in turn, column by column; the first may be 0. */
function countRuns(mask: Mask): number[] {
  checkSize('mask', mask);
  const { width, height, data } = mask;
  const counts: number[] = [];
  let isTarget = false;
  let count = 0;
  for (let x = 0; x < width; x++) {
    for (let y = 0, at = x; y < height; y++, at += width) {
      if ((data[at] !== 0) !== isTarget) {
        counts.push(count);
        count = 0;
        isTarget = !isTarget;
      }
      count++;
    }
  }
  counts.push(count);
  return counts;
}

function decompress(rle: string): number[] {
  const counts: number[] = [];
  for (let at = 0; at < rle.length; ) {
    let value = 0;
    let more = true;
    for (let length = 0; more; length++) {
      const code = rle.charCodeAt(at++);
      // Past the end the code is not a number, and this is false too.
      if (!(code >= FIRST_CHARACTER && code <= LAST_CHARACTER) || length === MOST_CHARACTERS) {
        throw new RleError(`the run-length encoding of the mask is broken at character ${at}`);
      }
      const bits = code - FIRST_CHARACTER;
      value += (bits & VALUE) * 2 ** (VALUE_BITS * length);
      more = (bits & MORE) !== 0;
      if (!more && bits & SIGN) value -= 2 ** (VALUE_BITS * (length + 1));
    }
    counts.push(counts.length > 2 ? value + counts[counts.length - 2]! : value);
  }
  return counts;
}

/** Sets the pixels from `start` up to `end`, counted down the columns. */
function fillColumns(data: Uint8Array, start: number, end: number, width: number, height: number): void {
  let x = Math.floor(start / height);
  let y = start - x * height;
  for (let i = start; i < end; i++) {
    data[y * width + x] = 1;
    if (++y === height) {
      y = 0;
      x++;
    }
  }
}
