import { elementCount } from '@prs-med/autograd';
import { float32ToFloat16, type TensorEntry, toFloat32, WeightFileError } from '@prs-med/nn';

/** Bit pattern of infinity in half precision, without its sign. */
const INFINITY = 0x7c00;

/**
 * A tensor in float16, made when it is read. Throws WeightFileError then for values that half precision does not hold: of
 * a tower in bfloat16 no sound one has any.
 */
export const asFloat16 = (entry: TensorEntry): TensorEntry =>
  entry.type === 'float16'
    ? entry
    : {
        ...entry,
        type: 'float16',
        byteLength: 2 * elementCount(entry.shape),
        async read() {
          const halves = float32ToFloat16(await toFloat32(entry));
          if (halves.some((half) => (half & 0x7fff) >= INFINITY))
            throw new WeightFileError(
              entry.name,
              'it has values that are not finite in half precision',
              'download the checkpoint again',
            );
          return new Uint8Array(halves.buffer);
        },
      };
