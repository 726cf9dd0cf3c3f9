// First: it must be set when the library is loaded.
import './no-telemetry.js';

import * as ort from 'onnxruntime-node';
import { createRuntime, type Runtime } from '../runtime.js';

/** ONNX Runtime in Node, on the CPU unless other providers are named. */
export const nodeRuntime = (providers: readonly string[] = ['cpu']): Runtime =>
  createRuntime(ort, 'onnxruntime-node', providers, true);
export { saveGraph } from './save-graph.js';
