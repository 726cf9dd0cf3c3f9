import type { ParameterGroup, Runtime, SessionOptions } from '@prs-med/autograd';
import {
  clipNormalization,
  imageNormalization,
  type LanguageModel,
  type Parameters,
  type Preset,
} from '@prs-med/model';
import type { Conversation } from '../conversation.js';
import type { Example } from '../data/example.js';
import type { PictureFormat } from '../data/render.js';
import { llavaPromptReader, loadTowerReader, type TowerReader } from '../llava-prompt-reader.js';
import { type PromptReader, questionReader } from '../prompt-reader.js';
import { promptLength, type Stage } from '../stages.js';
import {
  type DiceRow,
  type DiceSummary,
  loadValidator,
  summarizeDice,
  type Validator,
} from '../validation.js';
import type { WeightAverage } from '../weight-average.js';
import { isLlava, loadFrozenLanguage } from './frozen-language.js';
import { openValidationLoader } from './loader.js';
import type { TrainStart } from './start-trainer.js';

/** The val split, each target asked for as a whole, through the model as it is in use. */
export interface RunValidation {
  run(weights: WeightAverage): Promise<DiceSummary>;
  close(): Promise<void>;
}

export interface ValidationOptions {
  readonly folder: string;
  readonly examples: readonly Example[];
  readonly batchSize: number;
}

const LANGUAGE = 'language.';

/** Nothing is loaded before the first run. `parameters` gives what the groups do not train. */
export function openValidation(
  { preset, base }: TrainStart,
  conversation: Conversation,
  { folder, examples, batchSize }: ValidationOptions,
  groups: readonly ParameterGroup[],
  parameters: Parameters,
  stage: Stage,
  runtime: Runtime,
  session: SessionOptions,
): RunValidation {
  const chosen = examples.filter(({ split }) => split === 'val');
  const values = new Map([...parameters].map(([name, { data }]) => [name, data]));
  const { questionTokens } = preset.language;
  const length = promptLength(preset, { questionTokens }, conversation);
  const read = { layersRead: preset.fusion.layersRead, session };
  let validator: Validator | undefined;
  let tower: TowerReader | undefined;
  let frozen: ReadingModel | undefined;

  const openReader = async (own: ReadonlyMap<string, Float32Array>): Promise<ReadingModel> => {
    const lora = { ...preset.language.lora, tensors: adapters(own) };
    const language = await loadFrozenLanguage(base, lora, read, runtime);
    if (!isLlava(base)) return { language, reader: questionReader(language, conversation, questionTokens) };
    const seen = new Map([...base.tower].map(([name, { data }]) => [name, data]));
    tower ??= await loadTowerReader(preset, batchSize, seen, runtime, session);
    return { language, reader: llavaPromptReader(language, conversation, questionTokens, tower, own) };
  };

  return {
    async run(weights) {
      validator ??= await loadValidator(preset, batchSize, length, groups, values, runtime, session);
      // Sessions are few: with a language model that does not change one serves the whole stage.
      const model = frozen ?? (await openReader(stage === 1 ? values : weights.parameters()));
      if (stage === 1) frozen = model;
      const loader = openValidationLoader({
        ...pictureFormat(preset),
        folder,
        examples: chosen,
        batchSize,
        // Each picture is read once.
        cacheBytes: 0,
      });
      const rows: DiceRow[] = [];
      for await (const batch of loader)
        rows.push(...(await validator.run(batch, weights.arrays, model.reader)));
      if (model !== frozen) await model.language.release();
      return summarizeDice(rows);
    },
    async close() {
      await validator?.close();
      await tower?.close();
      await frozen?.language.release();
    },
  };
}

/** A language model, and what reads prompts with it. */
interface ReadingModel {
  readonly language: LanguageModel;
  readonly reader: PromptReader;
}

function adapters(parameters: ReadonlyMap<string, Float32Array>): Map<string, Float32Array> {
  const tensors = new Map<string, Float32Array>();
  for (const [name, data] of parameters) {
    if (name.startsWith(LANGUAGE)) tensors.set(name.slice(LANGUAGE.length), data.slice());
  }
  return tensors;
}

/** How the pictures of a preset are made: for the encoder, and for the tower where it has one. */
export function pictureFormat(preset: Preset): PictureFormat & { readonly tower?: PictureFormat } {
  const { mean, deviation: std } = imageNormalization(preset);
  const format = { size: preset.image.size, mean, std };
  if (preset.language.kind !== 'llava') return format;
  const { mean: towerMean, deviation: towerStd } = clipNormalization;
  return {
    ...format,
    tower: { size: preset.language.vision.imageSize, mean: towerMean, std: towerStd },
  };
}
