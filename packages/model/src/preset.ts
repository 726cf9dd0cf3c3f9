import { z } from 'zod';
import { clipVitLarge14At336 } from './llava/clip-vision.js';
import { efficientNetLite0, efficientNetNormalization } from './vision/efficientnet-lite.js';
import { samNormalization } from './vision/tiny-sam.js';
import { tinyVit5M } from './vision/tiny-vit.js';

const positive = z.int().positive();
/** Channels that are normalised in eight groups. */
const normedChannels = positive.multipleOf(8);

/** One number for all channels, or one each for red, green and blue. */
const perChannel = (value: z.ZodNumber) => z.union([value, z.tuple([value, value, value])]);

const stage = z.object({
  repeats: positive,
  kernel: positive,
  stride: positive,
  expansion: positive,
  channels: positive,
});

const efficientNetEncoder = z.object({
  kind: z.literal('efficientnet-lite'),
  stem: positive,
  stages: z.array(stage).nonempty(),
  /** Width of the vision embedding at stride 16. */
  width: positive.multipleOf(8),
});

const attentionStage = z.object({ channels: positive, blocks: positive, heads: positive, window: positive });

/** TinySAM's image encoder; `tinyVit5M` is the published one but for its neck's width of 256. */
const tinyVitEncoder = z.object({
  kind: z.literal('tiny-vit'),
  channels: positive.multipleOf(2),
  blocks: positive,
  stages: z.tuple([attentionStage, attentionStage, attentionStage]),
  width: positive.multipleOf(8),
  /** Side of the vision embedding: size / 16 for a decoder with skips; a smaller one is pooled. */
  embeddingSide: positive,
});

/** What both kinds of language model have. */
const languageFields = {
  vocabulary: positive,
  hidden: positive,
  layers: positive,
  heads: positive,
  keyHeads: positive,
  intermediate: positive,
  ropeTheta: z.number().positive(),
  normEpsilon: z.number().positive(),
  /** Most tokens of question, picture and answer together. */
  longest: positive,
  lora: z.object({ rank: positive, alpha: z.number().positive() }),
  /** Most tokens of a question, and of an answer with its end, in training. */
  questionTokens: positive,
  answerTokens: positive,
  /** Most tokens of a question in stage 1, where the longest are left to stage 2: padding costs as much as words. */
  stage1QuestionTokens: positive,
  /** The picture is shown as this many tokens squared: for LLaVA the tower's patches a side. */
  visualTokensSide: positive,
};

const llamaLanguage = z.object({
  kind: z.literal('llama'),
  ...languageFields,
});

/** A CLIP tower, as `ClipVisionConfig` has it. */
const clipTower = z.object({
  imageSize: positive,
  patchSize: positive,
  hidden: positive,
  intermediate: positive,
  layers: positive,
  heads: positive,
  activation: z.enum(['quick_gelu', 'gelu']),
  normEpsilon: z.number().positive(),
});

/** LLaVA: the language model sees the picture by a tower of its own. */
const llavaLanguage = z
  .object({
    kind: z.literal('llava'),
    vision: clipTower,
    /** Layers of the tower that are run. */
    visionLayers: positive,
    ...languageFields,
  })
  .refine(({ vision, visionLayers }) => visionLayers <= vision.layers, {
    path: ['visionLayers'],
    error: 'the tower has fewer layers',
  })
  .refine(({ vision, visualTokensSide }) => visualTokensSide * vision.patchSize === vision.imageSize, {
    path: ['visualTokensSide'],
    error: "this is not the tower's number of patches a side",
  });

/** Bundles from before there was another kind do not name it. */
const nameKind = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !('kind' in value) ? { kind: 'llama', ...value } : value;

const language = z.preprocess(nameKind, z.discriminatedUnion('kind', [llamaLanguage, llavaLanguage]));

/** One configuration describes a model whole; sizes are in pixels, channels or tokens. */
export const presetSchema = z.object({
  name: z.string().min(1),
  image: z.object({
    /** Side of the square that pictures are stretched to. */
    size: positive.multipleOf(32),
    /** Of pixel values scaled to 0 to 1; `imageNormalization` gives them by channel. */
    mean: perChannel(z.number()),
    deviation: perChannel(z.number().positive()),
  }),
  encoder: z.discriminatedUnion('kind', [efficientNetEncoder, tinyVitEncoder]),
  language,
  fusion: z.object({
    /**
     * Which of the question's hidden states the fusion reads: all of them, or one, as LISA's [SEG] token: that of the
     * question's last token, which is the same in every question and has read all before it.
     */
    questionStates: z.enum(['all', 'segmentation-token']).default('all'),
    /** Layers whose hidden states of the question are read; the last is after the final norm. */
    layersRead: z.array(positive).nonempty(),
    layers: positive,
    heads: positive,
    intermediate: positive,
  }),
  decoder: z.union([
    z.object({
      /** Bundles from before there was another kind do not name it. */
      kind: z.literal('transposed').default('transposed'),
      channels: z.tuple([normedChannels, normedChannels, normedChannels]),
    }),
    z.object({
      kind: z.literal('transposed-without-skips'),
      channels: z.array(normedChannels).nonempty(),
    }),
  ]),
});

export type Preset = z.infer<typeof presetSchema>;

/** The embedded default: EfficientNet-Lite0 and SmolLM2-135M-Instruct. */
export const small: Preset = {
  name: 'small',
  image: { size: 256, ...efficientNetNormalization },
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
  fusion: { questionStates: 'all', layersRead: [8, 18, 30], layers: 2, heads: 8, intermediate: 512 },
  decoder: { kind: 'transposed', channels: [96, 48, 24] },
};

/**
 * A baseline in the style of LISA (Lai et al., 2024) on the same towers and decoder: one hidden state of the last layer
 * stands for the question, so that what all of them give can be told by training both alike.
 */
export const smallSegmentationToken: Preset = {
  ...small,
  name: 'small-segmentation-token',
  fusion: { ...small.fusion, questionStates: 'segmentation-token', layersRead: [30] },
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
  fusion: { questionStates: 'all', layersRead: [1, 3], layers: 1, heads: 4, intermediate: 48 },
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
    questionTokens: 44,
    answerTokens: 40,
    stage1QuestionTokens: 24,
    lora: { rank: 16, alpha: 16 },
    visualTokensSide: 24,
  },
  fusion: { questionStates: 'all', layersRead: [32], layers: 1, heads: 8, intermediate: 512 },
  decoder: { kind: 'transposed-without-skips', channels: [128, 64, 32, 16, 8] },
};

/** Shaped like `paper` and small, for tests: its LLaVA is that of the fixture `llava-tiny`. */
export const paperTiny: Preset = {
  name: 'paper-tiny',
  image: { size: 64, ...samNormalization },
  encoder: {
    kind: 'tiny-vit',
    channels: 8,
    blocks: 1,
    stages: [
      { channels: 8, blocks: 1, heads: 2, window: 3 },
      { channels: 12, blocks: 1, heads: 3, window: 3 },
      { channels: 16, blocks: 1, heads: 2, window: 3 },
    ],
    width: 32,
    embeddingSide: 2,
  },
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
  fusion: { questionStates: 'all', layersRead: [3], layers: 1, heads: 4, intermediate: 48 },
  decoder: { kind: 'transposed-without-skips', channels: [16, 16, 8, 8] },
};

/** Those that bundles are built of and trained by name. */
export const presets: Readonly<Record<string, Preset>> = {
  small,
  'small-segmentation-token': smallSegmentationToken,
  tiny,
};
