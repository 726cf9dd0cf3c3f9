import * as ag from '@prs-med/autograd';
import { nodeRuntime } from '@prs-med/autograd/node';
import { env } from 'onnxruntime-node';
import { CommandError } from './command-error.js';
import type { Provider } from './option-parsers.js';

const REMEDIES: Readonly<Record<Exclude<Provider, 'cpu'>, string>> = {
  cuda: 'install CUDA 12 with cuDNN 9, call npm rebuild onnxruntime-node --onnxruntime-node-install=cuda12, or leave out --provider',
  webgpu: 'install a driver of the graphics card with Vulkan, or leave out --provider',
};

/**
 * ONNX Runtime with a provider, and the CPU for what that one cannot do. Any but the CPU computes something small first,
 * so that one that is not there is told of before a model is loaded. Throws a CommandError then.
 */
export async function openRuntime(provider: Provider = 'cpu'): Promise<ag.Runtime> {
  if (provider === 'cpu') return nodeRuntime();
  // The library would print lines of its own on what is thrown here.
  env.logLevel = 'fatal';
  const runtime = nodeRuntime([provider, 'cpu']);
  const x = ag.input('x', [2, 2]);
  try {
    const session = await runtime.load(ag.compile({ product: ag.matmul(x, x) }));
    await session.run({ x: { type: 'float32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) } });
    await session.release();
  } catch (error) {
    const reason = error instanceof Error ? error.message.trim().split('\n').at(-1) : String(error);
    const problem = `it cannot be used here (${reason})`;
    throw new CommandError(`--provider ${provider}`, problem, REMEDIES[provider], 2, { cause: error });
  }
  return runtime;
}
