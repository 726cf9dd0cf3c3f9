import { bfloat16ToFloat32, float16ToFloat32, type TensorEntry, toFloat32 } from '@prs-med/nn';

/** Gives a row of a table as float32. */
export type Rows = (row: number) => Float32Array;

/**
 * Reads a table [rows, width] of which single rows are wanted. One of 16 bits stays so in memory: the embedding of a 7B
 * model would be 524 MB in float32. Throws what reading the entry throws.
 */
export async function readRows(entry: TensorEntry): Promise<Rows> {
  const width = entry.shape[1]!;
  const convert = { float16: float16ToFloat32, bfloat16: bfloat16ToFloat32 }[entry.type as string];
  if (convert === undefined) {
    const values = await toFloat32(entry);
    return (row) => values.subarray(row * width, (row + 1) * width);
  }
  const bytes = await entry.read();
  return (row) => {
    const copy = new Uint8Array(bytes.subarray(2 * row * width, 2 * (row + 1) * width));
    return convert(new Uint16Array(copy.buffer));
  };
}
