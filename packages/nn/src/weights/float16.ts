// Conversions work on bit patterns, so that NaN payloads and signs of zero survive.

let float32BitsOfFloat16: Uint32Array | undefined;

function float16Bits(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >>> 10) & 0x1f;
  let fraction = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13);
  if (exponent !== 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  // A subnormal half is a normal float: shift its first one up to the hidden bit.
  let shifts = 0;
  while ((fraction & 0x400) === 0) {
    fraction <<= 1;
    shifts++;
  }
  return sign | ((113 - shifts) << 23) | ((fraction & 0x3ff) << 13);
}

function float16Table(): Uint32Array {
  if (!float32BitsOfFloat16) {
    float32BitsOfFloat16 = new Uint32Array(0x10000);
    for (let half = 0; half < 0x10000; half++) float32BitsOfFloat16[half] = float16Bits(half);
  }
  return float32BitsOfFloat16;
}

/** The values of IEEE 754 half-precision bit patterns, into `values` where that is given. Exact. */
export function float16ToFloat32(
  halves: Uint16Array,
  values: Float32Array = new Float32Array(halves.length),
): Float32Array {
  const table = float16Table();
  const bits = new Uint32Array(values.buffer, values.byteOffset, halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = table[halves[i]!]!;
  return values;
}

/**
 * The nearest half-precision bit patterns, ties to even; beyond 65504 (rounded) infinity, as PyTorch and numpy
 * convert.
 */
export function float32ToFloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) {
    const word = bits[i]!;
    const sign = (word >>> 16) & 0x8000;
    const magnitude = word & 0x7fffffff;
    if (magnitude >= 0x38800000) {
      if (magnitude >= 0x47800000) {
        // Infinity or too large; a NaN keeps the top of its payload and stays quiet.
        halves[i] = magnitude > 0x7f800000 ? sign | 0x7e00 | ((magnitude >>> 13) & 0x3ff) : sign | 0x7c00;
      } else {
        // Adding just below half a unit, plus the last kept bit, rounds to even; a carry raises the exponent.
        halves[i] = sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
      }
    } else if (magnitude > 0x33000000) {
      const shift = 126 - (magnitude >>> 23);
      const fraction = (magnitude & 0x7fffff) | 0x800000;
      const kept = fraction >>> shift;
      const rest = fraction & ((1 << shift) - 1);
      const half = 1 << (shift - 1);
      halves[i] = sign | (kept + (rest > half || (rest === half && (kept & 1) === 1) ? 1 : 0));
    } else {
      halves[i] = sign;
    }
  }
  return halves;
}

/** The values of bfloat16 bit patterns (the upper halves of floats). Exact. */
export function bfloat16ToFloat32(upper: Uint16Array): Float32Array {
  const bits = new Uint32Array(upper.length);
  for (let i = 0; i < upper.length; i++) bits[i] = upper[i]! << 16;
  return new Float32Array(bits.buffer);
}

/** The nearest bfloat16 bit patterns, ties to even. */
export function float32ToBfloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const upper = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) {
    const word = bits[i]!;
    const notANumber = (word & 0x7fffffff) > 0x7f800000;
    upper[i] = notANumber ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
  return upper;
}
