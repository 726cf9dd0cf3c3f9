import workerpool from 'workerpool';
import { quantizeMatrix } from '../language/quantized-matrix.js';

/** The thread of `openQuantizingThreads`. */
workerpool.worker({
  quantize(...call: Parameters<typeof quantizeMatrix>): unknown {
    const quantized = quantizeMatrix(...call);
    const { matrix } = quantized;
    const arrays = [matrix.quants, matrix.scales, ...(matrix.bits === 4 ? [matrix.zeroPoints] : [])];
    return new workerpool.Transfer(
      quantized,
      arrays.map(({ buffer }) => buffer),
    );
  },
});
