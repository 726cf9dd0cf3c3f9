import * as ag from '@prs-med/autograd';
import type { Picture } from '@prs-med/imaging';
import type { Parameters } from '../bundle/trained.js';
import { clipPicture } from '../llava/clip-picture.js';
import { visualTokens } from '../llava/llava.js';
import { llavaConfigOf } from '../llava/preset-config.js';
import type { Preset } from '../preset.js';
import { constantScope } from './parameter-constants.js';

/** The graph from a picture as a LLaVA's tower takes it to visual tokens; `parameters` has tower and projector. */
export function towerGraph(parameters: Parameters, preset: Preset): ag.CompiledGraph {
  const config = llavaConfigOf(preset);
  const { imageSize } = config.vision;
  const picture = ag.input('picture', [1, 3, imageSize, imageSize]);
  return ag.compile({ visual_tokens: visualTokens(constantScope(parameters), picture, config) });
}

/** Visual tokens of a picture, [patches, hidden]. */
export async function runTower(session: ag.Session, picture: Picture, preset: Preset): Promise<Float32Array> {
  const { vision } = llavaConfigOf(preset);
  const shape = [1, 3, vision.imageSize, vision.imageSize];
  const values = await session.run({
    picture: { type: 'float32', shape, data: clipPicture(picture, vision) },
  });
  return values.visual_tokens!.data as Float32Array;
}
