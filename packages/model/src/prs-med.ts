import type { Tensor } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import type { Scope } from '@prs-med/nn';
import { promptedMaskDecoder } from './decoder/prompted.js';
import { decodeMask } from './decoder/transposed.js';
import { fuse, presenceLogits } from './fusion/fusion.js';
import {
  askedLogits,
  meanState,
  mixLayers,
  type Question,
  segmentationToken,
} from './fusion/question-states.js';
import { ASKED } from './fusion/zone-maps.js';
import { REGION_TOKENS, regionTokens } from './grounding/regions.js';
import type { Preset } from './preset.js';
import { efficientNetLite } from './vision/efficientnet-lite.js';
import type { FeaturePyramid } from './vision/feature-pyramid.js';
import { neck, projectVisualTokens } from './vision/neck.js';
import { tinySam } from './vision/tiny-sam.js';

/** A picture as the rest of the model sees it. */
export interface EncodedPicture {
  readonly features: FeaturePyramid;
  /** The vision embedding [n, width, side, side]: of stride 16, or pooled to the side that the preset says. */
  readonly embedding: Tensor;
}

/** What the picture and the question give together. */
export interface MaskPrediction {
  /** [n, 1, size, size]. */
  readonly logits: Tensor;
  /** Whether the asked target is there: logits [n]. */
  readonly presence: Tensor;
  /** What the question asks for, in the order of ASKED: logits [n, 8]. */
  readonly asked: Tensor;
}

/** Pictures [n, 3, size, size], normalised, through the vision encoder and its neck. */
export function encodePicture(scope: Scope, pictures: Tensor, { encoder }: Preset): EncodedPicture {
  const own = scope.at('vision_encoder');
  if (encoder.kind === 'tiny-vit') return tinySam(own, pictures, encoder);
  const features = efficientNetLite(own, pictures, encoder);
  return { features, embedding: neck(scope.at('neck'), features, encoder.width) };
}

/** The picture in the language model's own terms: [n, visualTokensSide^2, hidden]. */
export const visualTokens = (scope: Scope, encoded: EncodedPicture, preset: Preset): Tensor =>
  projectVisualTokens(
    scope.at('projector'),
    encoded.embedding,
    preset.language.visualTokensSide,
    preset.language.hidden,
  );

/** Fusion and mask decoder: what of the picture the question means. */
export function predictMask(
  scope: Scope,
  encoded: EncodedPicture,
  question: Question,
  preset: Preset,
): MaskPrediction {
  if (preset.fusion.kind === 'none' || preset.decoder.kind === 'prompted')
    return predictPrompted(scope, encoded, question, preset);
  const fusion = scope.at('fusion');
  const read = preset.fusion.questionStates === 'all' ? question : segmentationToken(question);
  const mixed = mixLayers(fusion.at('question'), read, preset.encoder.width);
  const asked = askedLogits(fusion.at('asked'), mixed, read.mask);
  const probabilities = ag.sigmoid(asked);
  const config = { ...preset.fusion, width: preset.encoder.width };
  const fused = fuse(fusion, encoded.embedding, mixed, read.mask, probabilities, config);
  return {
    logits: decodeMask(scope.at('decoder'), fused, encoded.features, probabilities, preset.decoder),
    presence: presenceLogits(scope.at('presence'), fused, meanState(mixed, read.mask)),
    asked,
  };
}

/** The logit of what the published model, which reads no place off a question, is sure that is not asked for. */
const NOT_ASKED = -20;

/** As the published code has it: the decoder reads the prompt's states itself. The mask's highest logit is the presence. */
function predictPrompted(
  scope: Scope,
  { embedding }: EncodedPicture,
  { states, mask }: Question,
  { image }: Preset,
): MaskPrediction {
  const logits = promptedMaskDecoder(scope.at('decoder'), embedding, states[0]!, mask);
  const [n, , side] = logits.shape as [number, number, number];
  if (side !== image.size)
    throw new ag.GraphError(
      'predictMask',
      `the prompted decoder leads to a mask of side ${side} and the picture has ${image.size}; give another embeddingSide`,
      [embedding],
    );
  return {
    logits,
    presence: ag.max(logits, { axes: [1, 2, 3] }),
    asked: ag.constant(new Float32Array(n * ASKED.length).fill(NOT_ASKED), [n, ASKED.length]),
  };
}

/**
 * Mask probabilities [n, 1, size, size], all 0 where the target is judged absent or no pixel reaches the threshold, whose
 * logit is given: 0 for one half.
 */
export function maskProbabilities(
  { logits, presence }: MaskPrediction,
  thresholdLogit: Tensor | number = 0,
): Tensor {
  const each = [presence.shape[0]!, 1, 1, 1];
  const there = asNumber(ag.greaterOrEqual(ag.reshape(presence, each), 0));
  const reached = asNumber(
    ag.greaterOrEqual(ag.max(logits, { axes: [1, 2, 3], keepDimensions: true }), thresholdLogit),
  );
  return ag.multiply(ag.sigmoid(logits), ag.multiply(there, reached));
}

const asNumber = (condition: Tensor): Tensor => ag.cast(condition, 'float32');

/** How many tokens tell the language model of the mask: none in the published model, whose answers know nothing of it. */
export const regionTokenCount = ({ decoder }: Preset): number =>
  decoder.kind === 'prompted' ? 0 : REGION_TOKENS;

/** What the language model is told of the mask before it answers: [n, 3, hidden]. */
export const describeMask = (
  scope: Scope,
  probabilities: Tensor,
  encoded: EncodedPicture,
  preset: Preset,
): Tensor => regionTokens(scope.at('regions'), probabilities, encoded.embedding, preset.language.hidden);
