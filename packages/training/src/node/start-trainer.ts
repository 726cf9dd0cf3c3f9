import { type ParameterGroup, type Runtime, type SessionOptions, Trainer } from '@prs-med/autograd';
import { loraShapes, type Parameters, type Preset, type Tokenizer } from '@prs-med/model';
import { mergeLora } from '@prs-med/nn';
import type { Conversation } from '../conversation.js';
import { LayeredTrainer, type StageTrainer } from '../layered/layered-trainer.js';
import { type BatchShape, type Stage, stageGraph } from '../stages.js';
import {
  baseValues,
  type FrozenLanguage,
  isLlava,
  layerReader,
  valuesOutsideLayers,
} from './frozen-language.js';

/** What a run starts from. */
export interface TrainStart {
  readonly preset: Preset;
  /** All that training may change, by name. */
  readonly parameters: Parameters;
  readonly base: FrozenLanguage;
  readonly tokenizer: Tokenizer;
}

const LORA_B = '.lora_B.weight';

/**
 * A stage's trainer: one graph of everything, or a language model's layers one at a time where it is a LLaVA.
 * @param parameters all that training may change, by name; those in `groups` it will
 */
export async function startTrainer(
  { preset, base }: TrainStart,
  conversation: Conversation,
  stage: Stage,
  shape: BatchShape,
  groups: readonly ParameterGroup[],
  parameters: Parameters,
  runtime: Runtime,
  session: SessionOptions,
): Promise<StageTrainer> {
  const own = new Map([...parameters].map(([name, { data }]) => [name, data]));
  if (isLlava(base)) {
    const values = new Map([...(await valuesOutsideLayers(base)), ...own]);
    const readLayer = layerReader(base);
    const setup = { preset, stage, shape, layout: conversation, groups, values, readLayer };
    return LayeredTrainer.create(setup, runtime, session);
  }
  const values = new Map([...(await baseValues(base)), ...own]);
  // Stage 1 has no adapters in its graph: those that an earlier training left are read as part of the frozen weights.
  if (stage === 1) mergeAdapters(values, preset);
  const graph = stageGraph(preset, shape, stage, conversation, values, groups);
  return Trainer.create(graph, values, runtime, session);
}

function mergeAdapters(values: Map<string, Float32Array>, { language }: Preset): void {
  for (const name of loraShapes(language, language.lora.rank).keys()) {
    if (!name.endsWith(LORA_B)) continue;
    const linear = `language.${name.slice(0, -LORA_B.length)}`;
    const [weight, a, b] = ['.weight', '.lora_A.weight', LORA_B].map((end) => values.get(linear + end)!);
    const outputs = b!.length / language.lora.rank;
    values.set(
      `${linear}.weight`,
      mergeLora(weight!, a!, b!, outputs, weight!.length / outputs, language.lora),
    );
  }
}
