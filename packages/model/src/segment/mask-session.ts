import * as ag from '@prs-med/autograd';
import type { Parameters } from '../bundle/trained.js';
import type { States } from '../language/language-model.js';
import type { Preset } from '../preset.js';
import { maskProbabilities, predictMask } from '../prs-med.js';
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

/** Question lengths that there is a session for: graphs have static shapes and sessions are few. */
export function questionBuckets(longest: number): number[] {
  return [32, 256, longest].filter((length) => length <= longest);
}

/** The graph from a picture's features and a question's states, padded to `length` tokens, to a mask. */
export function maskGraph(
  parameters: Parameters,
  preset: Preset,
  length: number,
  options: Pick<ag.CompileOptions, 'externalFile'> = {},
): ag.CompiledGraph {
  const { size } = preset.image;
  const { width } = preset.encoder;
  const scope = constantScope(parameters);
  const channels = strideChannels(preset);
  const feature = (stride: 2 | 4 | 8) =>
    ag.input(`stride_${stride}`, [1, channels.get(stride)!, size / stride, size / stride]);
  const embedding = ag.input('embedding', [1, width, size / 16, size / 16]);
  // The decoder reads strides 2 to 8 only; the others are in the embedding.
  const features = { 2: feature(2), 4: feature(4), 8: feature(8), 16: embedding, 32: embedding };
  const encoded = { features, embedding };
  const states = preset.fusion.layersRead.map((layer) =>
    ag.input(`states_${layer}`, [1, length, preset.language.hidden]),
  );
  const question = { states, mask: ag.input('question_mask', [1, length]) };
  const prediction = predictMask(scope, encoded, question, preset);
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

/** Runs a mask session made for `bucket` tokens on a question of `length` tokens. */
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
    stride_2: picture.stride_2,
    stride_4: picture.stride_4,
    stride_8: picture.stride_8,
    embedding: picture.embedding,
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

/** Channels of the encoder's features by stride: of each stride the deepest stage. */
function strideChannels(preset: Preset): Map<number, number> {
  const channels = new Map<number, number>();
  let stride = 2;
  for (const stage of preset.encoder.stages) {
    stride *= stage.stride;
    channels.set(stride, stage.channels);
  }
  return channels;
}

const floats = (shape: readonly number[], data: Float32Array): ag.TensorValue => ({
  type: 'float32',
  shape,
  data,
});
