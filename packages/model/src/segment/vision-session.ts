import * as ag from '@prs-med/autograd';
import { type Picture, toTensor } from '@prs-med/imaging';
import type { Parameters } from '../bundle/trained.js';
import { imageNormalization } from '../image-normalization.js';
import type { Preset } from '../preset.js';
import { encodePicture, visualTokens } from '../prs-med.js';
import { constantScope } from './parameter-constants.js';

/** What is kept of a picture: the values that the mask session takes, and the picture as tokens. */
export interface PictureValues {
  /** Features of the encoder, where the decoder has skips. */
  readonly stride_2?: ag.TensorValue;
  readonly stride_4?: ag.TensorValue;
  readonly stride_8?: ag.TensorValue;
  readonly embedding: ag.TensorValue;
  /** [1, visualTokensSide^2, hidden], where the language model sees by the encoder. */
  readonly visual_tokens?: ag.TensorValue;
}

/** The graph from a normalised picture [1, 3, size, size] to its features; with a file for its weights, to be saved. */
export function visionGraph(
  parameters: Parameters,
  preset: Preset,
  options: Pick<ag.CompileOptions, 'externalFile'> = {},
): ag.CompiledGraph {
  const { size } = preset.image;
  const scope = constantScope(parameters);
  const encoded = encodePicture(scope, ag.input('picture', [1, 3, size, size]), preset);
  const { features, embedding } = encoded;
  // Tens of megabytes at 1,024 pixels, which no decoder without skips would read.
  const skips = { stride_2: features[2], stride_4: features[4], stride_8: features[8] };
  return ag.compile(
    {
      ...(preset.decoder.kind === 'transposed' ? skips : {}),
      embedding,
      ...(preset.language.kind === 'llama' && { visual_tokens: visualTokens(scope, encoded, preset) }),
    },
    options,
  );
}

/** Runs the vision session on a normalised picture, [3, size, size] row-major. */
export async function runVision(
  session: ag.Session,
  picture: Float32Array,
  preset: Preset,
): Promise<PictureValues> {
  const { size } = preset.image;
  const { embedding, ...others } = await session.run({
    picture: { type: 'float32', shape: [1, 3, size, size], data: picture },
  });
  return { ...others, embedding: embedding! };
}

/** As `runVision`, of a picture of any size. */
export function encodeForMask(session: ag.Session, picture: Picture, preset: Preset): Promise<PictureValues> {
  const { mean, deviation } = imageNormalization(preset);
  return runVision(session, toTensor(picture, preset.image.size, mean, deviation), preset);
}
