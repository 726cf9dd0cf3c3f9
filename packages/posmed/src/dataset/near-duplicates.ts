/** Perceptual hashes of near-duplicates differ in at most so many of their 64 bits. */
export const NEAR_DUPLICATE_BITS = 8;

/**
 * And their thumbnails correlate at least so much. The hash alone will not do: many radiographs differ in four bits and
 * are of different patients. `docs/dataset.md` tells how both were chosen.
 */
export const NEAR_DUPLICATE_CORRELATION = 0.98;

/** The number of bits in which two hashes of 16 hexadecimal digits differ. */
export function hashDistance(a: string, b: string): number {
  const [highA, lowA] = wordsOf(a);
  const [highB, lowB] = wordsOf(b);
  return bitCount(highA ^ highB) + bitCount(lowA ^ lowB);
}

/**
 * All pairs of hashes that differ in at most `bits` bits, as their places in the list, the smaller first.
 * Every pair is looked at: 38,731 hashes take about two seconds.
 */
export function* pairsWithin(
  hashes: readonly string[],
  bits: number,
): Generator<readonly [first: number, second: number]> {
  const count = hashes.length;
  const high = new Int32Array(count);
  const low = new Int32Array(count);
  hashes.forEach((hash, i) => {
    [high[i], low[i]] = wordsOf(hash) as [number, number];
  });
  for (let i = 0; i < count; i++) {
    const highI = high[i]!;
    const lowI = low[i]!;
    for (let j = i + 1; j < count; j++) {
      const distance = bitCount(highI ^ high[j]!);
      if (distance <= bits && distance + bitCount(lowI ^ low[j]!) <= bits) yield [i, j];
    }
  }
}

/**
 * The correlation (-1 to 1) of two thumbnails of `greyThumbnail`: 1 for the same picture, whatever its brightness and
 * contrast. A flat one resembles nothing: 0.
 */
export function thumbnailCorrelation(a: Uint8Array, b: Uint8Array): number {
  let sumA = 0;
  let sumB = 0;
  let squaresA = 0;
  let squaresB = 0;
  let products = 0;
  for (let i = 0; i < a.length; i++) {
    const valueA = a[i]!;
    const valueB = b[i]!;
    sumA += valueA;
    sumB += valueB;
    squaresA += valueA * valueA;
    squaresB += valueB * valueB;
    products += valueA * valueB;
  }
  const spread = (a.length * squaresA - sumA * sumA) * (a.length * squaresB - sumB * sumB);
  return spread === 0 ? 0 : (a.length * products - sumA * sumB) / Math.sqrt(spread);
}

const wordsOf = (hash: string): readonly [high: number, low: number] => [
  Number.parseInt(hash.slice(0, 8), 16) | 0,
  Number.parseInt(hash.slice(8), 16) | 0,
];

/** The bits that are set, counted in pairs, fours and eights at once. */
function bitCount(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
