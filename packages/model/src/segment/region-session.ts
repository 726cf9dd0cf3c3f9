import * as ag from '@prs-med/autograd';
import type { Parameters } from '../bundle/trained.js';
import type { Preset } from '../preset.js';
import { describeMask } from '../prs-med.js';
import { encodedInputs } from './encoded-inputs.js';
import { constantScope } from './parameter-constants.js';
import type { PictureValues } from './vision-session.js';

/** The graph from the mask that is shown to the tokens that tell the language model of it. */
export function regionGraph(
  parameters: Parameters,
  preset: Preset,
  options: Pick<ag.CompileOptions, 'externalFile'> = {},
): ag.CompiledGraph {
  const { size } = preset.image;
  const encoded = encodedInputs(preset);
  const shown = ag.input('probabilities', [1, 1, size, size]);
  // The tokens read the mask at one half: dividing by the threshold's odds makes that the threshold that was asked for.
  const odds = ag.input('threshold_odds', [1, 1, 1, 1]);
  const moved = ag.divide(shown, ag.add(shown, ag.multiply(ag.subtract(1, shown), odds)));
  return ag.compile(
    {
      region_tokens: describeMask(constantScope(parameters), moved, encoded, preset),
    },
    options,
  );
}

/** Tokens [REGION_TOKENS, hidden] of a mask [size, size]. */
export async function runRegions(
  session: ag.Session,
  picture: PictureValues,
  probabilities: Float32Array,
  threshold: number,
  preset: Preset,
): Promise<Float32Array> {
  const { size } = preset.image;
  const odds = Float32Array.of(threshold / (1 - threshold));
  const values = await session.run({
    embedding: picture.embedding,
    probabilities: { type: 'float32', shape: [1, 1, size, size], data: probabilities },
    threshold_odds: { type: 'float32', shape: [1, 1, 1, 1], data: odds },
  });
  return values.region_tokens!.data as Float32Array;
}
