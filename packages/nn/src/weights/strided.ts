/** Whether elements lie one after another in row-major order. Strides of dimensions of size 1 do not count. */
export function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1 && strides[i] !== expected) return false;
    expected *= shape[i]!;
  }
  return true;
}

/** How many elements a view spans, from its first to its last, when no stride is negative. */
export function spannedElements(shape: readonly number[], strides: readonly number[]): number {
  if (shape.includes(0)) return 0;
  return shape.reduce((last, size, i) => last + (size - 1) * strides[i]!, 0) + 1;
}

type Elements = Uint8Array | Uint16Array | Uint32Array;

function copyElements(
  from: Elements,
  to: Elements,
  shape: readonly number[],
  strides: readonly number[],
): void {
  const outer = shape.slice(0, -1);
  const length = shape.at(-1) ?? 1;
  const stride = strides.at(-1) ?? 1;
  const index = outer.map(() => 0);
  let row = 0;
  for (let written = 0; written < to.length; ) {
    for (let i = 0, at = row; i < length; i++, at += stride) to[written++] = from[at]!;
    for (let axis = outer.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      row += strides[axis]!;
      if (index[axis]! < outer[axis]!) break;
      row -= strides[axis]! * outer[axis]!;
      index[axis] = 0;
    }
  }
}

/**
 * Copies a strided view to row-major order. `bytes` begins at the view's first element and is aligned to 8;
 * strides count elements of `elementSize` bytes.
 */
export function gatherStrided(
  bytes: Uint8Array,
  shape: readonly number[],
  strides: readonly number[],
  elementSize: number,
): Uint8Array {
  const target = new Uint8Array(shape.reduce((product, size) => product * size, elementSize));
  const { buffer, byteOffset, byteLength } = bytes;
  if (elementSize === 1) copyElements(bytes, target, shape, strides);
  else if (elementSize === 2) {
    const from = new Uint16Array(buffer, byteOffset, byteLength / 2);
    copyElements(from, new Uint16Array(target.buffer), shape, strides);
  } else {
    // Eight bytes are moved as two words, so that a NaN's bits are never touched.
    const words = elementSize / 4;
    const from = new Uint32Array(buffer, byteOffset, byteLength / 4);
    const scaled = strides.map((stride) => stride * words);
    copyElements(from, new Uint32Array(target.buffer), [...shape, words], [...scaled, 1]);
  }
  return target;
}
