import type { Shape, Tensor } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import { nodeRuntime } from '@prs-med/autograd/node';
import { timeForwardAndBackward } from '../measure.js';
import type { Part, Row } from '../row.js';

interface Layer {
  readonly what: string;
  readonly x: Shape;
  readonly weight: Shape;
  readonly build: (x: Tensor, weight: Tensor) => Tensor;
  readonly target?: string;
}

const padded = (x: Tensor, weight: Tensor): Tensor => ag.convolution(x, weight, undefined, { padding: 1 });

const layers: readonly Layer[] = [
  {
    what: '3 x 3, 64 to 64, 64 x 64',
    x: [8, 64, 64, 64],
    weight: [64, 64, 3, 3],
    build: padded,
    target: '50 %',
  },
  {
    what: 'decoder, stride 8: 3 x 3, 136 to 96, 32 x 32',
    x: [8, 136, 32, 32],
    weight: [96, 136, 3, 3],
    build: padded,
  },
  {
    what: 'decoder, stride 4: 3 x 3, 80 to 48, 64 x 64',
    x: [8, 80, 64, 64],
    weight: [48, 80, 3, 3],
    build: padded,
  },
  {
    what: 'decoder, stride 2: 3 x 3, 40 to 24, 128 x 128',
    x: [8, 40, 128, 128],
    weight: [24, 40, 3, 3],
    build: padded,
  },
  {
    what: 'decoder, up: transposed 2 x 2, 256 to 96, 16 x 16',
    x: [8, 256, 16, 16],
    weight: [256, 96, 2, 2],
    build: (x, weight) => ag.transposedConvolution(x, weight, undefined, { stride: 2 }),
  },
  {
    what: 'encoder: 1 x 1, 80 to 480, 16 x 16',
    x: [8, 80, 16, 16],
    weight: [480, 80, 1, 1],
    build: (x, weight) => ag.convolution(x, weight),
  },
  {
    what: 'encoder: depthwise 5 x 5, 480, 16 x 16',
    x: [8, 480, 16, 16],
    weight: [480, 1, 5, 5],
    build: (x, weight) => ag.convolution(x, weight, undefined, { padding: 2, groups: 480 }),
  },
];

/** Convolutions of batch 8 with weights as inputs: forward, and the gradients of picture and weights. */
export const convolution: Part = async ({ repetitions }) => {
  const runtime = nodeRuntime();
  const rows: Row[] = [];
  for (const { what, x, weight, build, target } of layers) {
    const inputs = [ag.input('x', x), ag.input('weight', weight)] as const;
    const about = { part: 'convolution', what, ...(target === undefined ? {} : { target }) };
    rows.push(await timeForwardAndBackward(runtime, about, inputs, build(...inputs), repetitions));
  }
  return rows;
};
