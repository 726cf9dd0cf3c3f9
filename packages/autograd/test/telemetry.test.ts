import { expect, it } from 'vitest';
import { nodeRuntime } from '../src/node/index.js';

it('turns the telemetry of ONNX Runtime off before the library is loaded', () => {
  expect(nodeRuntime().name).toBe('onnxruntime-node');
  expect(process.env.ORT_DISABLE_TELEMETRY).toBe('1');
});
