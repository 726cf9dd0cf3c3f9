import * as ag from '@prs-med/autograd';
import { nodeRuntime } from '@prs-med/autograd/node';
import { encodePicture, initializeParameters, paper } from '@prs-med/model';
import { listParameters, rootScope, type Scope } from '@prs-med/nn';
import { executedOperations } from '../count-operations.js';
import { timeGraph } from '../measure.js';
import type { Part } from '../row.js';

const { size } = paper.image;

const embed = (scope: Scope): ag.Tensor =>
  encodePicture(scope, ag.input('picture', [1, 3, size, size]), paper).embedding;

/** The vision encoder of preset `paper`, TinyViT-5M with SAM's neck, on one picture, with random weights. */
export const tinyVit: Part = async ({ repetitions }) => {
  const values = initializeParameters(
    listParameters((scope) => {
      embed(scope);
    }),
    1,
  );
  const embedding = embed(rootScope((name, shape) => ag.constant(values.get(name)!, shape)));
  const { value, best } = await timeGraph(nodeRuntime(), { embedding }, repetitions);
  const operations = executedOperations([embedding]);
  return [
    {
      part: 'tiny-vit',
      what: `TinyViT-5M and neck, ${size} x ${size}, to ${embedding.shape.slice(1).join(' x ')}`,
      unit: 'ms',
      value,
      best,
      operations,
      executed: operations,
      gigaflops: operations / value / 1e6,
      target: '450 ms',
    },
  ];
};
