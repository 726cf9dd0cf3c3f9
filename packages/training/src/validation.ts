import type { ParameterGroup, Runtime, Session, SessionOptions, TensorValue } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import { encodePicture, maskProbabilities, type Preset, predictMask } from '@prs-med/model';
import { floats, type SampleBatch, tokenMask } from './feeds.js';
import type { PromptReader } from './prompt-reader.js';
import { frozenScope } from './stages.js';

/** Dice at 0.5 of one picture and question. */
export interface DiceRow {
  readonly modality: string;
  readonly target: string;
  readonly dice: number;
}

export interface ValidationBatch extends SampleBatch {
  readonly samples: readonly (SampleBatch['samples'][number] & {
    readonly modality: string;
    readonly target: string;
  })[];
}

/** The mask's way through the model, with the trained parameters as inputs: one session serves a whole run. */
export interface Validator {
  /** Dice of each sample; the prompts are read with the language model that goes with the parameters. */
  run(
    batch: ValidationBatch,
    arrays: Readonly<Record<string, Float32Array>>,
    reader: PromptReader,
  ): Promise<DiceRow[]>;
  close(): Promise<void>;
}

/** Loads the validation graph for prompts of up to `length` tokens; `values` gives what the groups do not train. */
export async function loadValidator(
  preset: Preset,
  samples: number,
  length: number,
  groups: readonly ParameterGroup[],
  values: ReadonlyMap<string, Float32Array>,
  runtime: Runtime,
  options: SessionOptions = {},
): Promise<Validator> {
  const { size } = preset.image;
  const { hidden } = preset.language;
  const trained = new Map<string, ag.Tensor>();
  for (const group of groups) {
    const sizes = group.parameters.map(({ shape }) => ag.elementCount(shape));
    const flat = ag.input(`${group.name}.parameters`, [sizes.reduce((a, b) => a + b, 0)]);
    ag.split(flat, 0, sizes).forEach((part, i) => {
      trained.set(group.parameters[i]!.name, ag.reshape(part, group.parameters[i]!.shape));
    });
  }
  const scope = frozenScope(trained, values);
  const picture = encodePicture(scope, ag.input('pictures', [samples, 3, size, size]), preset);
  const states = preset.fusion.layersRead.map((layer) =>
    ag.input(`states_${layer}`, [samples, length, hidden]),
  );
  const mask = ag.input('promptMask', [samples, length]);
  const prediction = predictMask(scope, picture, { states, mask }, preset);
  const graph = ag.compile({ probabilities: maskProbabilities(prediction) });
  const session = await runtime.load(graph, options);

  return {
    async run(batch, arrays, reader) {
      const count = batch.samples.length;
      const prompts = await reader.read(batch);
      // The last batch of a split may be smaller than the graph's: it is filled up and the rest left out.
      while (prompts.length < samples) prompts.push(prompts[0]!);
      const pictures = new Float32Array(samples * 3 * size * size);
      pictures.set(batch.pictures);
      const feeds: Record<string, TensorValue> = {
        pictures: floats([samples, 3, size, size], pictures),
        promptMask: tokenMask(
          prompts.map((prompt) => prompt.length),
          length,
        ),
      };
      for (const layer of preset.fusion.layersRead) {
        const data = new Float32Array(samples * length * hidden);
        prompts.forEach(({ states }, i) => {
          data.set(states.get(layer)!, i * length * hidden);
        });
        feeds[`states_${layer}`] = floats([samples, length, hidden], data);
      }
      for (const { name } of groups) {
        const data = arrays[`${name}.parameters`]!;
        feeds[`${name}.parameters`] = floats([data.length], data);
      }
      const probabilities = await probabilitiesOf(session, feeds);
      const plane = size * size;
      return batch.samples.slice(0, count).map(({ modality, target }, i) => ({
        modality,
        target,
        dice: diceAtHalf(
          probabilities.subarray(i * plane, (i + 1) * plane),
          batch.masks.subarray(i * plane, (i + 1) * plane),
        ),
      }));
    },
    close: () => session.release(),
  };
}

const probabilitiesOf = async (session: Session, feeds: Record<string, TensorValue>): Promise<Float32Array> =>
  (await session.run(feeds)).probabilities!.data as Float32Array;

/** 2 overlap / (predicted + true) of a probability map at 0.5; 1 when both are empty. */
export function diceAtHalf(probabilities: Float32Array, truth: Float32Array): number {
  let overlap = 0;
  let total = 0;
  for (let i = 0; i < truth.length; i++) {
    const predicted = probabilities[i]! >= 0.5 ? 1 : 0;
    overlap += predicted * truth[i]!;
    total += predicted + truth[i]!;
  }
  return total === 0 ? 1 : (2 * overlap) / total;
}

export interface DiceSummary {
  /** Mean Dice of each modality and target. */
  readonly groups: Readonly<Record<string, number>>;
  /** Mean of these means. */
  readonly mean: number;
}

export function summarizeDice(rows: readonly DiceRow[]): DiceSummary {
  const byGroup = new Map<string, number[]>();
  for (const { modality, target, dice } of rows) {
    const name = `${modality}, ${target}`;
    byGroup.set(name, [...(byGroup.get(name) ?? []), dice]);
  }
  const average = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const groups = Object.fromEntries([...byGroup].map(([name, values]) => [name, average(values)]));
  return { groups, mean: average(Object.values(groups)) };
}
