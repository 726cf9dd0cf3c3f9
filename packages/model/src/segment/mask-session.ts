import * as ag from '@prs-med/autograd';
import { listParameters, type Scope } from '@prs-med/nn';
import type { Parameters } from '../bundle/trained.js';
import type { States } from '../language/layer-sessions.js';
import type { Preset } from '../preset.js';
import { type MaskPrediction, maskProbabilities, predictMask } from '../prs-med.js';
import { encodedInputs } from './encoded-inputs.js';
import { constantScope } from './parameter-constants.js';
import type { PictureValues } from './vision-session.js';

/** What picture and question give together. */
export interface MaskValues {
  /** [size, size] row-major, 0 to 1; all 0 where the target is judged absent. */
  readonly probabilities: Float32Array;
  /** Probability that the target is there. */
  readonly presence: number;
  /** Probabilities of what the question asks for, in the order of ASKED. */
  readonly asked: Float32Array;
}

/** The graph from a picture's features and a prompt's states, padded to `length` tokens, to a mask. */
export function maskGraph(
  parameters: Parameters,
  preset: Preset,
  length: number,
  options: Pick<ag.CompileOptions, 'externalFile'> = {},
): ag.CompiledGraph {
  const prediction = predictFromInputs(constantScope(parameters), preset, length);
  const thresholdLogit = ag.input('threshold_logit', [1, 1, 1, 1]);
  return ag.compile(
    {
      probabilities: maskProbabilities(prediction, thresholdLogit),
      presence: ag.sigmoid(prediction.presence),
      asked: ag.sigmoid(prediction.asked),
    },
    options,
  );
}

/** Copies of the parameters that mask graphs read: of those of the whole model most serve other sessions. */
export function maskParameters(parameters: Parameters, preset: Preset): Parameters {
  const shapes = listParameters((scope) => {
    predictFromInputs(scope, preset, 2);
  });
  return new Map(
    [...shapes].map(([name, shape]) => [name, { shape, data: parameters.get(name)!.data.slice() }]),
  );
}

function predictFromInputs(scope: Scope, preset: Preset, length: number): MaskPrediction {
  const encoded = encodedInputs(preset);
  const states = preset.fusion.layersRead.map((layer) =>
    ag.input(`states_${layer}`, [1, length, preset.language.hidden]),
  );
  const question = { states, mask: ag.input('question_mask', [1, length]) };
  return predictMask(scope, encoded, question, preset);
}

/** Runs a mask session made for `bucket` tokens on a prompt of `length` tokens. */
export async function runMask(
  session: ag.Session,
  picture: PictureValues,
  states: States,
  length: number,
  bucket: number,
  threshold: number,
  preset: Preset,
): Promise<MaskValues> {
  const { hidden } = preset.language;
  const feeds: Record<string, ag.TensorValue> = {
    ...picture,
    question_mask: floats([1, bucket], new Float32Array(bucket).fill(1, 0, length)),
    threshold_logit: floats([1, 1, 1, 1], Float32Array.of(Math.log(threshold / (1 - threshold)))),
  };
  for (const layer of preset.fusion.layersRead) {
    const padded = new Float32Array(bucket * hidden);
    padded.set(states.get(layer)!);
    feeds[`states_${layer}`] = floats([1, bucket, hidden], padded);
  }
  const values = await session.run(feeds);
  const data = (name: string) => values[name]!.data as Float32Array;
  return {
    probabilities: data('probabilities'),
    presence: data('presence')[0]!,
    asked: data('asked'),
  };
}

const floats = (shape: readonly number[], data: Float32Array): ag.TensorValue => ({
  type: 'float32',
  shape,
  data,
});
