import { z } from 'zod';

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
const nameKind =
  (kind: string) =>
  (value: unknown): unknown =>
    typeof value === 'object' && value !== null && !('kind' in value) ? { kind, ...value } : value;

const language = z.preprocess(
  nameKind('llama'),
  z.discriminatedUnion('kind', [llamaLanguage, llavaLanguage]),
);

const fusion = z.preprocess(
  nameKind('cross-attention'),
  z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('cross-attention'),
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
    /** For a decoder that reads the hidden states itself. */
    z.object({ kind: z.literal('none'), layersRead: z.array(positive).length(1) }),
  ]),
);

const decoder = z.preprocess(
  nameKind('transposed'),
  z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('transposed'),
      channels: z.tuple([normedChannels, normedChannels, normedChannels]),
    }),
    z.object({
      kind: z.literal('transposed-without-skips'),
      channels: z.array(normedChannels).nonempty(),
    }),
    /** The published code's, of the encoder's width throughout: 16 x the embedding's side is the picture's. */
    z.object({ kind: z.literal('prompted') }),
  ]),
);

/** One configuration describes a model whole; sizes are in pixels, channels or tokens. */
export const presetSchema = z
  .object({
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
    fusion,
    decoder,
  })
  .refine(({ fusion, decoder }) => (fusion.kind === 'none') === (decoder.kind === 'prompted'), {
    path: ['fusion', 'kind'],
    error: "it is 'none' with a decoder of kind 'prompted', and with no other",
  });

export type Preset = z.infer<typeof presetSchema>;
