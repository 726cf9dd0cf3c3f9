import type { ParameterGroup, Runtime, Session, SessionOptions, TensorValue } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import {
  encodePicture,
  type LanguageModel,
  maskProbabilities,
  type Preset,
  predictMask,
  questionIds,
  readQuestion,
  type Tokenizer,
} from '@prs-med/model';
import { floats, questionMask, type SampleBatch } from './feeds.js';
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
  /** Dice of each sample, with the language model that goes with the parameters. */
  run(
    batch: ValidationBatch,
    arrays: Readonly<Record<string, Float32Array>>,
    language: LanguageModel,
  ): Promise<DiceRow[]>;
  close(): Promise<void>;
}

/** Loads the validation graph; `values` gives what the groups do not train. */
export async function loadValidator(
  preset: Preset,
  samples: number,
  groups: readonly ParameterGroup[],
  values: ReadonlyMap<string, Float32Array>,
  tokenizer: Tokenizer,
  runtime: Runtime,
  options: SessionOptions = {},
): Promise<Validator> {
  const { size } = preset.image;
  const { hidden, questionTokens } = preset.language;
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
    ag.input(`states_${layer}`, [samples, questionTokens, hidden]),
  );
  const mask = ag.input('questionMask', [samples, questionTokens]);
  const prediction = predictMask(scope, picture, { states, mask }, preset);
  const graph = ag.compile({ probabilities: maskProbabilities(prediction) });
  const session = await runtime.load(graph, options);
  const known = new WeakMap<LanguageModel, Map<string, ReadStates>>();

  return {
    async run(batch, arrays, language) {
      const cache = known.get(language) ?? new Map<string, ReadStates>();
      known.set(language, cache);
      const count = batch.samples.length;
      const questions: ReadStates[] = [];
      for (const { question } of batch.samples) {
        let read = cache.get(question);
        if (read === undefined) {
          const ids = questionIds(tokenizer, question).slice(0, questionTokens);
          read = { ids, states: (await readQuestion(language, ids)).states };
          cache.set(question, read);
        }
        questions.push(read);
      }
      // The last batch of a split may be smaller than the graph's: it is filled up and the rest left out.
      while (questions.length < samples) questions.push(questions[0]!);
      const pictures = new Float32Array(samples * 3 * size * size);
      pictures.set(batch.pictures);
      const feeds: Record<string, TensorValue> = {
        pictures: floats([samples, 3, size, size], pictures),
        questionMask: questionMask(
          questions.map(({ ids }) => ids),
          questionTokens,
        ),
      };
      for (const layer of preset.fusion.layersRead) {
        const data = new Float32Array(samples * questionTokens * hidden);
        questions.forEach(({ states: read }, i) => {
          data.set(read.get(layer)!, i * questionTokens * hidden);
        });
        feeds[`states_${layer}`] = floats([samples, questionTokens, hidden], data);
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

interface ReadStates {
  readonly ids: readonly number[];
  readonly states: ReadonlyMap<number, Float32Array>;
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
