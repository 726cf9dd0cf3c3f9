import * as ag from '@prs-med/autograd';
import { nodeRuntime } from '@prs-med/autograd/node';
import { initializeParameters, type Preset, small } from '@prs-med/model';
import { rootScope } from '@prs-med/nn';
import {
  allParameters,
  type BatchShape,
  buildTraining,
  type PromptLayout,
  parameterGroups,
  sequenceLength,
  stageGraph,
} from '@prs-med/training';
import { executedOperations, neededOperations } from '../count-operations.js';
import { mostMemory, summarize, time } from '../measure.js';
import type { Part } from '../row.js';
import { makeStepFeeds } from '../step-feeds.js';

const preset: Preset = { ...small, language: { ...small.language, visualTokensSide: 8 } };
const batch: BatchShape = { samples: 8, questionTokens: 30, answerTokens: 20 };
/** As many as the tokens that end a question's turn and open an answer's. */
const layout: PromptLayout = { openingIds: [], suffixIds: [2, 3, 1, 4, 5, 3] };
const groups = parameterGroups(preset, 2);

/** The whole training step of stage 2, forward, backward and AdamW, with random weights. */
export const step: Part = async ({ repetitions }) => {
  const trainer = await startTrainer();
  const loaded = mostMemory();
  const feeds = makeStepFeeds(preset, batch);
  const learningRates = Object.fromEntries(groups.map(({ name }) => [name, 1e-5]));
  const times = await time(repetitions, async () => {
    const { loss } = await trainer.step(feeds, { learningRates });
    if (!Number.isFinite(loss)) throw new Error(`step: the loss is ${loss}`);
  });
  const trained = mostMemory();
  await trainer.close();
  const { value, best } = summarize(times);
  const { operations, executed } = countStep();
  const tokens = sequenceLength(preset, batch, layout);
  const what = `stage 2, ${preset.name}, batch ${batch.samples}, ${tokens} tokens`;
  const seconds = (milliseconds: number): number => milliseconds / 1000 / batch.samples;
  return [
    {
      part: 'step',
      what: `${what}: a sample`,
      unit: 's',
      value: seconds(value),
      best: seconds(best),
      operations: operations / batch.samples,
      executed: executed / batch.samples,
      gigaflops: operations / value / 1e6,
      target: '0.28 s, 35 %',
    },
    {
      part: 'step',
      what: '  most memory of the process until it is loaded',
      unit: 'MB',
      value: loaded,
    },
    {
      part: 'step',
      what: '  most memory of the process until its end',
      unit: 'MB',
      value: trained,
      target: '6,000 MB',
    },
  ];
};

/** The weights are let go when this ends: the session has its own. */
function startTrainer(): Promise<ag.Trainer> {
  const values = initializeParameters(allParameters(preset), 1);
  return ag.Trainer.create(stageGraph(preset, batch, 2, layout, values, groups), values, nodeRuntime());
}

function countStep(): { readonly operations: number; readonly executed: number } {
  const tensors = new Map<string, ag.Tensor>();
  const scope = rootScope((name, shape) => {
    const tensor = tensors.get(name) ?? ag.input(name, shape);
    tensors.set(name, tensor);
    return tensor;
  });
  const { loss, metrics } = buildTraining(scope, preset, batch, 2, layout);
  const trained = groups.flatMap(({ parameters }) => parameters.map(({ name }) => tensors.get(name)!));
  const outputs = [loss, ...Object.values(metrics)];
  return {
    operations: neededOperations(outputs, trained),
    executed: executedOperations([...outputs, ...ag.gradients(loss, trained)]),
  };
}
