import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bfloat16ToFloat32,
  float16ToFloat32,
  float32ToBfloat16,
  float32ToFloat16,
  tensorEntry,
  toFloat32,
} from '../../src/weights/index.js';

const allBits = Uint16Array.from({ length: 0x10000 }, (_, i) => i);

function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

describe('half precision', () => {
  it('has the value of every bit pattern', () => {
    const values = float16ToFloat32(allBits);
    for (const bits of allBits)
      if (!Object.is(values[bits], halfValue(bits))) expect(values[bits]).toBe(halfValue(bits));
  });

  it('comes back from float32 unchanged, but for signalling NaNs', () => {
    const back = float32ToFloat16(float16ToFloat32(allBits));
    for (const bits of allBits) {
      const notANumber = (bits & 0x7fff) > 0x7c00;
      if (back[bits] !== (notANumber ? bits | 0x200 : bits)) expect(back[bits]).toBe(bits);
    }
  });

  it('rounds to the nearest, ties to even', () => {
    const finite = allBits.filter((bits) => bits < 0x7c00);
    fc.assert(
      fc.property(fc.float({ min: 0, max: 65504, noNaN: true }), (value) => {
        const [bits] = float32ToFloat16(Float32Array.of(value));
        const error = Math.abs(halfValue(bits!) - value);
        for (const near of [bits! - 1, bits! + 1]) {
          if (near < 0 || near >= finite.length) continue;
          const other = Math.abs(halfValue(near) - value);
          expect(error < other || (error === other && bits! % 2 === 0)).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
    expect([...float32ToFloat16(Float32Array.of(65519, 65520, 2 ** -25, 2 ** -25 * 1.0001, -1e-30))]).toEqual(
      [0x7bff, 0x7c00, 0, 1, 0x8000],
    );
  });
});

describe('bfloat16', () => {
  it('comes back from float32 unchanged, and rounds ties to even', () => {
    const back = float32ToBfloat16(bfloat16ToFloat32(allBits));
    for (const bits of allBits) {
      const notANumber = (bits & 0x7fff) > 0x7f80;
      if (back[bits] !== (notANumber ? bits | 0x40 : bits)) expect(back[bits]).toBe(bits);
    }
    const between = new Float32Array(Uint32Array.of(0x3f808000, 0x3f818000, 0x3f808001, 0x7f7fffff).buffer);
    expect([...float32ToBfloat16(between)]).toEqual([0x3f80, 0x3f82, 0x3f81, 0x7f80]);
  });
});

describe('tensorEntry', () => {
  it('keeps its own copy apart from the values that a reader changes', async () => {
    const entry = tensorEntry('a', [2], 'float32', Float32Array.of(1, 2));
    (await toFloat32(entry))[0] = 9;
    expect([...(await toFloat32(entry))]).toEqual([1, 2]);
  });

  it('refuses a shape that the values do not have', () => {
    expect(() => tensorEntry('a', [3], 'float32', Float32Array.of(1, 2))).toThrow(
      /^a: shape \[3\].*8 were given; /,
    );
  });
});
