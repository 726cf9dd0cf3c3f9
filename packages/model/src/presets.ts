import { clipVitLarge14At336 } from './llava/clip-vision.js';
import type { Preset } from './preset.js';
import { efficientNetLite0, efficientNetNormalization } from './vision/efficientnet-lite.js';
import { samNormalization } from './vision/tiny-sam.js';
import { tinyVit5M } from './vision/tiny-vit.js';

/** The embedded default: EfficientNet-Lite0 and SmolLM2-135M-Instruct. */
export const small: Preset = {
  name: 'small',
  image: { size: 384, ...efficientNetNormalization },
  encoder: {
    kind: 'efficientnet-lite',
    ...efficientNetLite0,
    width: 256,
  },
  language: {
    kind: 'llama',
    vocabulary: 49152,
    hidden: 576,
    layers: 30,
    heads: 9,
    keyHeads: 3,
    intermediate: 1536,
    ropeTheta: 100000,
    normEpsilon: 1e-5,
    longest: 2048,
    questionTokens: 44,
    answerTokens: 40,
    stage1QuestionTokens: 24,
    lora: { rank: 16, alpha: 16 },
    visualTokensSide: 4,
  },
  fusion: {
    kind: 'cross-attention',
    questionStates: 'all',
    layersRead: [8, 18, 30],
    layers: 2,
    heads: 8,
    intermediate: 512,
  },
  decoder: { kind: 'transposed', channels: [96, 48, 24] },
};

/**
 * A baseline in the style of LISA (Lai et al., 2024) on the same towers and decoder: one hidden state of the last layer
 * stands for the question, so that what all of them give can be told by training both alike.
 */
export const smallSegmentationToken: Preset = {
  ...small,
  name: 'small-segmentation-token',
  fusion: {
    kind: 'cross-attention',
    questionStates: 'segmentation-token',
    layersRead: [30],
    layers: 2,
    heads: 8,
    intermediate: 512,
  },
};

/** Random, below 1 MB: makes tests of the whole path fast. Its vocabulary is bytes and a few special tokens. */
export const tiny: Preset = {
  name: 'tiny',
  image: { size: 64, ...efficientNetNormalization },
  encoder: {
    kind: 'efficientnet-lite',
    stem: 8,
    stages: [
      { repeats: 1, kernel: 3, stride: 1, expansion: 1, channels: 8 },
      { repeats: 1, kernel: 3, stride: 2, expansion: 2, channels: 8 },
      { repeats: 1, kernel: 5, stride: 2, expansion: 2, channels: 16 },
      { repeats: 2, kernel: 3, stride: 2, expansion: 2, channels: 16 },
      { repeats: 1, kernel: 3, stride: 2, expansion: 2, channels: 24 },
    ],
    width: 32,
  },
  language: {
    kind: 'llama',
    vocabulary: 320,
    hidden: 64,
    layers: 3,
    heads: 4,
    keyHeads: 2,
    intermediate: 96,
    ropeTheta: 10000,
    normEpsilon: 1e-5,
    longest: 512,
    questionTokens: 160,
    answerTokens: 160,
    stage1QuestionTokens: 160,
    lora: { rank: 4, alpha: 4 },
    visualTokensSide: 2,
  },
  fusion: {
    kind: 'cross-attention',
    questionStates: 'all',
    layersRead: [1, 3],
    layers: 1,
    heads: 4,
    intermediate: 48,
  },
  decoder: { kind: 'transposed', channels: [16, 16, 8] },
};

/**
 * The model of the PRS-Med paper: TinySAM's TinyViT-5M, LLaVA-Med 1.5 (Mistral 7B and CLIP ViT-L/14 at 336
 * pixels, of which the last layer is not run; shapes from the `config.json` of llava-med-v1.5-mistral-7b), one
 * cross-attention on its last hidden states, a decoder without skips. `longest` is what is used of Mistral's 32,768. Heads
 * and inner width of the fusion, channels of the decoder and the room for tokens are ours: the paper does not give them.
 */
export const paper: Preset = {
  name: 'paper',
  image: { size: 1024, ...samNormalization },
  encoder: { kind: 'tiny-vit', ...tinyVit5M, width: 256, embeddingSide: 16 },
  language: {
    kind: 'llava',
    vision: clipVitLarge14At336,
    visionLayers: 23,
    vocabulary: 32000,
    hidden: 4096,
    layers: 32,
    heads: 32,
    keyHeads: 8,
    intermediate: 14336,
    ropeTheta: 1e6,
    normEpsilon: 1e-5,
    longest: 2048,
    questionTokens: 56,
    answerTokens: 56,
    // Beside 576 visual tokens the padding of a question costs next to nothing.
    stage1QuestionTokens: 56,
    lora: { rank: 16, alpha: 16 },
    visualTokensSide: 24,
  },
  fusion: {
    kind: 'cross-attention',
    questionStates: 'all',
    layersRead: [32],
    layers: 1,
    heads: 8,
    intermediate: 512,
  },
  decoder: { kind: 'transposed-without-skips', channels: [128, 64, 32, 16, 8] },
};

/** TinyViT's parts, each a few channels wide. */
const tinyVitForTests = {
  kind: 'tiny-vit',
  channels: 8,
  blocks: 1,
  stages: [
    { channels: 8, blocks: 1, heads: 2, window: 3 },
    { channels: 12, blocks: 1, heads: 3, window: 3 },
    { channels: 16, blocks: 1, heads: 2, window: 3 },
  ],
  width: 32,
} satisfies Omit<Extract<Preset['encoder'], { kind: 'tiny-vit' }>, 'embeddingSide'>;

/** Shaped like `paper` and small, for tests: its LLaVA is that of the fixture `llava-tiny`. */
export const paperTiny: Preset = {
  name: 'paper-tiny',
  image: { size: 64, ...samNormalization },
  encoder: { ...tinyVitForTests, embeddingSide: 2 },
  language: {
    kind: 'llava',
    vision: {
      imageSize: 56,
      patchSize: 14,
      hidden: 48,
      intermediate: 96,
      layers: 4,
      heads: 4,
      activation: 'quick_gelu',
      normEpsilon: 1e-5,
    },
    visionLayers: 3,
    vocabulary: 320,
    hidden: 64,
    layers: 3,
    heads: 8,
    keyHeads: 2,
    intermediate: 112,
    ropeTheta: 1e6,
    normEpsilon: 1e-5,
    longest: 512,
    questionTokens: 160,
    answerTokens: 160,
    stage1QuestionTokens: 160,
    lora: { rank: 4, alpha: 4 },
    visualTokensSide: 4,
  },
  fusion: {
    kind: 'cross-attention',
    questionStates: 'all',
    layersRead: [3],
    layers: 1,
    heads: 4,
    intermediate: 48,
  },
  decoder: { kind: 'transposed-without-skips', channels: [16, 16, 8, 8] },
};

/**
 * The model that the paper's authors released (repository huyquoctrinh/PRS-Med): the embedding is not pooled, and the
 * prompted decoder reads it and the prompt's last hidden states, without a fusion. Nothing is said of the mask before
 * the answer.
 */
export const paperReleased: Preset = {
  ...paper,
  name: 'paper-released',
  encoder: { kind: 'tiny-vit', ...tinyVit5M, width: 256, embeddingSide: 64 },
  fusion: { kind: 'none', layersRead: [32] },
  decoder: { kind: 'prompted' },
};

/** Shaped like `paper-released` and small, for tests. */
export const paperReleasedTiny: Preset = {
  ...paperTiny,
  name: 'paper-released-tiny',
  encoder: { ...tinyVitForTests, embeddingSide: 4 },
  fusion: { kind: 'none', layersRead: [3] },
  decoder: { kind: 'prompted' },
};

/** Those that bundles are built of and trained by name. */
export const presets: Readonly<Record<string, Preset>> = {
  small,
  'small-segmentation-token': smallSegmentationToken,
  tiny,
  paper,
  'paper-released': paperReleased,
};
