import * as ag from '@prs-med/autograd';
import { listParameters } from '@prs-med/nn';
import type { Preset } from '../preset.js';
import { type EncodedPicture, encodePicture } from '../prs-med.js';

/** An encoded picture as inputs `stride_2`, `stride_4`, `stride_8` and `embedding` of a graph that begins with it. */
export function encodedInputs(preset: Preset): EncodedPicture {
  const { features, embedding } = encodedExample(preset);
  const feature = (stride: 2 | 4 | 8) => ag.input(`stride_${stride}`, features[stride].shape);
  return {
    features: { 2: feature(2), 4: feature(4), 8: feature(8) },
    embedding: ag.input('embedding', embedding.shape),
  };
}

/** The encoder built once for the shapes of what it gives, which the encoder's kind decides. */
function encodedExample(preset: Preset): EncodedPicture {
  const { size } = preset.image;
  const encoded: EncodedPicture[] = [];
  listParameters((scope) => {
    encoded.push(encodePicture(scope, ag.input('picture', [1, 3, size, size]), preset));
  });
  return encoded[0]!;
}
