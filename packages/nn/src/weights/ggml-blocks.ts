// Block formats of ggml (ggml-common.h, ggml-quants.c). Every step rounds to float32, as the C code does.
import { float16ToFloat32 } from './float16.js';

/** Values and bytes of one block of each quantised type that can be read. */
export const BLOCK_LAYOUTS = {
  q4_0: { values: 32, bytes: 18 },
  q4_1: { values: 32, bytes: 20 },
  q5_0: { values: 32, bytes: 22 },
  q5_1: { values: 32, bytes: 24 },
  q8_0: { values: 32, bytes: 34 },
  q4_k: { values: 256, bytes: 144 },
  q5_k: { values: 256, bytes: 176 },
  q6_k: { values: 256, bytes: 210 },
} as const;

export type QuantizedType = keyof typeof BLOCK_LAYOUTS;

/** Whether a tensor's type is one of ggml's block formats. */
export function isQuantizedType(type: string): type is QuantizedType {
  return Object.hasOwn(BLOCK_LAYOUTS, type);
}

/** Halves at byte `field` of every block, as float32: scales and minimums. */
function blockHalves(blocks: Uint8Array, blockBytes: number, field: number): Float32Array {
  const halves = new Uint16Array(Math.floor(blocks.length / blockBytes));
  for (let i = 0; i < halves.length; i++) {
    const at = i * blockBytes + field;
    halves[i] = blocks[at]! | (blocks[at + 1]! << 8);
  }
  return float16ToFloat32(halves);
}

/** Blocks of 32 values with 4 or 5 bits each: value = scale x (q - centre) + minimum. */
function dequantizeNibbles(blocks: Uint8Array, type: 'q4_0' | 'q4_1' | 'q5_0' | 'q5_1'): Float32Array {
  const { bytes } = BLOCK_LAYOUTS[type];
  const fifth = type === 'q5_0' || type === 'q5_1';
  const minimums = type === 'q4_1' || type === 'q5_1' ? blockHalves(blocks, bytes, 2) : undefined;
  const scales = blockHalves(blocks, bytes, 0);
  const centre = minimums ? 0 : fifth ? 16 : 8;
  const highBits = minimums ? 4 : 2;
  const nibbles = highBits + (fifth ? 4 : 0);
  const values = new Float32Array(scales.length * 32);
  for (let block = 0; block < scales.length; block++) {
    const at = block * bytes;
    const scale = scales[block]!;
    const minimum = minimums ? minimums[block]! : 0;
    for (let i = 0; i < 16; i++) {
      const pair = blocks[at + nibbles + i]!;
      let low = pair & 15;
      let high = pair >> 4;
      if (fifth) {
        low |= ((blocks[at + highBits + (i >> 3)]! >> (i & 7)) & 1) << 4;
        high |= ((blocks[at + highBits + 2 + (i >> 3)]! >> (i & 7)) & 1) << 4;
      }
      const first = Math.fround(scale * (low - centre));
      const second = Math.fround(scale * (high - centre));
      values[block * 32 + i] = minimums ? first + minimum : first;
      values[block * 32 + i + 16] = minimums ? second + minimum : second;
    }
  }
  return values;
}

function dequantizeBytes(blocks: Uint8Array): Float32Array {
  const { bytes } = BLOCK_LAYOUTS.q8_0;
  const scales = blockHalves(blocks, bytes, 0);
  const quants = new Int8Array(blocks.buffer, blocks.byteOffset, blocks.byteLength);
  const values = new Float32Array(scales.length * 32);
  for (let block = 0; block < scales.length; block++) {
    const scale = scales[block]!;
    const from = block * bytes + 2;
    const to = block * 32;
    for (let i = 0; i < 32; i++) values[to + i] = scale * quants[from + i]!;
  }
  return values;
}

/** Super-blocks of 8 x 32 values, each 32 with a 6-bit scale and a 6-bit minimum: q4_K and q5_K. */
function dequantizeSuperBlocks(blocks: Uint8Array, type: 'q4_k' | 'q5_k'): Float32Array {
  const { bytes } = BLOCK_LAYOUTS[type];
  const scales = blockHalves(blocks, bytes, 0);
  const minimums = blockHalves(blocks, bytes, 2);
  const values = new Float32Array(scales.length * 256);
  for (let block = 0; block < scales.length; block++) {
    const packed = block * bytes + 4;
    const fifths = packed + 12;
    const nibbles = type === 'q5_k' ? fifths + 32 : fifths;
    for (let group = 0; group < 8; group++) {
      const [sixBitScale, sixBitMinimum] = scaleAndMinimum(blocks, packed, group);
      const scale = Math.fround(scales[block]! * sixBitScale);
      const minimum = Math.fround(minimums[block]! * sixBitMinimum);
      for (let i = 0; i < 32; i++) {
        let quant = (blocks[nibbles + (group >> 1) * 32 + i]! >> ((group & 1) * 4)) & 15;
        if (type === 'q5_k') quant |= ((blocks[fifths + i]! >> group) & 1) << 4;
        values[block * 256 + group * 32 + i] = Math.fround(scale * quant) - minimum;
      }
    }
  }
  return values;
}

/** Twelve bytes hold eight 6-bit scales and eight 6-bit minimums; the last four of each are split in two. */
function scaleAndMinimum(blocks: Uint8Array, packed: number, group: number): readonly [number, number] {
  if (group < 4) return [blocks[packed + group]! & 63, blocks[packed + group + 4]! & 63];
  const shared = blocks[packed + group + 4]!;
  return [
    (shared & 15) | ((blocks[packed + group - 4]! >> 6) << 4),
    (shared >> 4) | ((blocks[packed + group]! >> 6) << 4),
  ];
}

/** Super-blocks of 16 x 16 values of 6 bits with 8-bit scales: q6_K. */
function dequantizeSixBits(blocks: Uint8Array): Float32Array {
  const { bytes } = BLOCK_LAYOUTS.q6_k;
  const scales = blockHalves(blocks, bytes, 208);
  const values = new Float32Array(scales.length * 256);
  for (let block = 0; block < scales.length; block++) {
    for (let group = 0; group < 8; group++) {
      // Groups 0-3 share 64 low bytes and 32 bytes of high bits; so do groups 4-7.
      const low = block * bytes + (group >> 2) * 64 + (group & 1) * 32;
      const high = block * bytes + 128 + (group >> 2) * 32;
      for (let i = 0; i < 32; i++) {
        const nibble = (blocks[low + i]! >> ((group & 2) * 2)) & 15;
        const quant = (nibble | (((blocks[high + i]! >> ((group & 3) * 2)) & 3) << 4)) - 32;
        const groupScale = (blocks[block * bytes + 192 + group * 2 + (i >> 4)]! << 24) >> 24;
        values[block * 256 + group * 32 + i] = Math.fround(scales[block]! * groupScale) * quant;
      }
    }
  }
  return values;
}

/** The float32 values of a run of whole blocks, in order, bit for bit as ggml's dequantize_row functions. */
export function dequantize(blocks: Uint8Array, type: QuantizedType): Float32Array {
  switch (type) {
    case 'q8_0':
      return dequantizeBytes(blocks);
    case 'q4_k':
    case 'q5_k':
      return dequantizeSuperBlocks(blocks, type);
    case 'q6_k':
      return dequantizeSixBits(blocks);
    default:
      return dequantizeNibbles(blocks, type);
  }
}

/** Blocks of 32 taken apart. `quants` has one value a byte, in the tensor's order. */
export interface UnpackedBlocks<Quants> {
  /** One a block. */
  readonly scales: Float32Array;
  readonly quants: Quants;
}

/** Takes q8_0 blocks apart: value = scale x q, q from -128 to 127. */
export function unpackQ8Blocks(blocks: Uint8Array): UnpackedBlocks<Int8Array> {
  const { bytes } = BLOCK_LAYOUTS.q8_0;
  const scales = blockHalves(blocks, bytes, 0);
  const signed = new Int8Array(blocks.buffer, blocks.byteOffset, blocks.byteLength);
  const quants = new Int8Array(scales.length * 32);
  for (let block = 0; block < scales.length; block++) {
    const from = block * bytes + 2;
    for (let i = 0; i < 32; i++) quants[block * 32 + i] = signed[from + i]!;
  }
  return { scales, quants };
}

/** Takes q4_1 blocks apart: value = scale x q + minimum, q from 0 to 15. */
export function unpackQ4Blocks(blocks: Uint8Array): UnpackedBlocks<Uint8Array> & { minimums: Float32Array } {
  const { bytes } = BLOCK_LAYOUTS.q4_1;
  const scales = blockHalves(blocks, bytes, 0);
  const quants = new Uint8Array(scales.length * 32);
  for (let block = 0; block < scales.length; block++) {
    for (let i = 0; i < 16; i++) {
      const pair = blocks[block * bytes + 4 + i]!;
      quants[block * 32 + i] = pair & 15;
      quants[block * 32 + i + 16] = pair >> 4;
    }
  }
  return { scales, minimums: blockHalves(blocks, bytes, 2), quants };
}
