import type { ParameterGroup, Runtime, SessionOptions } from '@prs-med/autograd';
import {
  imageNormalization,
  type LanguageModel,
  loadLanguageModel,
  type Parameters,
  type Preset,
} from '@prs-med/model';
import type { Example } from '../data/example.js';
import type { Stage } from '../stages.js';
import {
  type DiceRow,
  type DiceSummary,
  loadValidator,
  summarizeDice,
  type Validator,
} from '../validation.js';
import type { WeightAverage } from '../weight-average.js';
import { openValidationLoader } from './loader.js';
import type { TrainStart } from './train.js';

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
  { preset, tokenizer, base }: TrainStart,
  { folder, examples, batchSize }: ValidationOptions,
  groups: readonly ParameterGroup[],
  parameters: Parameters,
  stage: Stage,
  runtime: Runtime,
  session: SessionOptions,
): RunValidation {
  const chosen = examples.filter(({ split }) => split === 'val');
  const values = new Map([...parameters].map(([name, { data }]) => [name, data]));
  const read = { layersRead: preset.fusion.layersRead, session };
  let validator: Validator | undefined;
  let frozen: LanguageModel | undefined;
  return {
    async run(weights) {
      validator ??= await loadValidator(preset, batchSize, groups, values, tokenizer, runtime, session);
      // Sessions are few: with adapters that do not change one language model serves the whole stage.
      const own = stage === 1 ? values : weights.parameters();
      const lora = { ...preset.language.lora, tensors: adapters(own) };
      const language = frozen ?? (await loadLanguageModel(base, lora, read, runtime));
      if (stage === 1) frozen = language;
      const loader = openValidationLoader({
        ...pictureFormat(preset),
        folder,
        examples: chosen,
        batchSize,
        // Each picture is read once.
        cacheBytes: 0,
      });
      const rows: DiceRow[] = [];
      for await (const batch of loader) rows.push(...(await validator.run(batch, weights.arrays, language)));
      if (language !== frozen) await language.release();
      return summarizeDice(rows);
    },
    async close() {
      await validator?.close();
      await frozen?.release();
    },
  };
}

function adapters(parameters: ReadonlyMap<string, Float32Array>): Map<string, Float32Array> {
  const tensors = new Map<string, Float32Array>();
  for (const [name, data] of parameters) {
    if (name.startsWith(LANGUAGE)) tensors.set(name.slice(LANGUAGE.length), data.slice());
  }
  return tensors;
}

/** Size and normalisation of pictures. */
export function pictureFormat(preset: Preset) {
  const { mean, deviation } = imageNormalization(preset);
  return { size: preset.image.size, mean, std: deviation };
}
