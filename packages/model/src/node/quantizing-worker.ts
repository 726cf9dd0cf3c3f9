import workerpool from 'workerpool';
import { type QuantizedMatrix, quantizeMatrix } from '../language/quantize-checkpoint.js';

/** The thread of `openQuantizingThreads`. */
workerpool.worker({
  quantize(values: Float32Array, outputs: number, inputs: number): unknown {
    const quantized: QuantizedMatrix = quantizeMatrix(values, outputs, inputs);
    const { quants, scales, zeroPoints } = quantized.matrix;
    return new workerpool.Transfer(quantized, [quants.buffer, scales.buffer, zeroPoints.buffer]);
  },
});
