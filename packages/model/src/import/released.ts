import * as ag from '@prs-med/autograd';
import {
  listParameters,
  matchTensors,
  readPytorch,
  type TensorFile,
  toFloat32,
  WeightFileError,
} from '@prs-med/nn';
import { VISION_SCOPE } from '../bundle/initial-parameters.js';
import type { Parameter, Parameters } from '../bundle/trained.js';
import { promptedMaskDecoder } from '../decoder/prompted.js';
import type { LoraWeights } from '../language/lora-weights.js';
import { readAdapter } from '../llava/adapter.js';
import type { CheckpointFiles } from '../llava/checkpoint.js';
import type { Preset } from '../preset.js';
import { readTinySam } from '../vision/tiny-sam-weights.js';

const ENCODER_FILE = 'image_encoder.pth';
const DECODER_FILE = 'mask_decoder.pth';

/** Where the adapter's files are, in the folder of the others. */
export const RELEASED_ADAPTER_FOLDER = 'lora_adapter';

/** What the published code saves of a model (LLMSeg.save_model, model_v7.py of huyquoctrinh/PRS-Med). */
export interface ReleasedFiles {
  /** Has `image_encoder.pth` and `mask_decoder.pth`. */
  readonly weights: CheckpointFiles;
  /** The PEFT adapter in `lora_adapter`. */
  readonly adapter: CheckpointFiles;
}

export interface ReleasedModel {
  /** `vision_encoder.*` of `tinySam` and `decoder.*` of `promptedMaskDecoder`, float32. */
  readonly parameters: Parameters;
  readonly lora: LoraWeights;
}

/**
 * Reads a released PRS-Med model: TinySAM's encoder, the prompted mask decoder and the adapter of LLaVA-Med's language
 * model, in the shapes of a preset such as `paper-released`. All of it or nothing: each file is checked before anything is
 * given.
 * @throws WeightFileError that names the file and lists what it lacks, has too much or in another shape
 */
export async function readReleased(
  { weights, adapter }: ReleasedFiles,
  { encoder: encoderShape, language }: Pick<Preset, 'encoder' | 'language'>,
): Promise<ReleasedModel> {
  if (encoderShape.kind !== 'tiny-vit')
    throw new Error(`readReleased: the preset's encoder is ${encoderShape.kind}; give one with tiny-vit`);
  const missing = [ENCODER_FILE, DECODER_FILE].filter((file) => !weights.files.has(file));
  if (missing.length > 0)
    throw new WeightFileError(
      weights.name,
      `there is no ${missing.join(' and no ')}`,
      'give the folder that the published code saved a model in',
    );
  const lora = await readAdapter(adapter, language, language.lora);
  const encoder = await readTinySam(
    withoutSam(await readPytorch(await weights.open(ENCODER_FILE))),
    encoderShape,
  );
  const decoderFile = await readPytorch(await weights.open(DECODER_FILE));
  const decoder = await readDecoder(decoderFile, encoderShape.width, language.hidden);
  const parameters = new Map<string, Parameter>();
  for (const [name, parameter] of encoder) parameters.set(`${VISION_SCOPE}.${name}`, parameter);
  for (const [name, parameter] of decoder) parameters.set(`decoder.${name}`, parameter);
  return { parameters, lora };
}

/** The published encoder keeps the whole of SAM beside its part of it, so its file may have each tensor twice. */
const withoutSam = (file: TensorFile): TensorFile => ({
  ...file,
  entries: new Map([...file.entries].filter(([name]) => !name.startsWith('sam.'))),
});

async function readDecoder(file: TensorFile, width: number, hidden: number): Promise<Parameters> {
  // Shapes depend on the widths alone, so that one position and one token are enough.
  const shapes = listParameters((scope) => {
    const embedding = ag.input('embedding', [1, width, 1, 1]);
    promptedMaskDecoder(scope, embedding, ag.input('prompt', [1, 1, hidden]), ag.input('mask', [1, 1]));
  });
  const parameters = new Map<string, Parameter>();
  for (const [name, entry] of matchTensors(shapes, file))
    parameters.set(name, { shape: entry.shape, data: await toFloat32(entry) });
  return parameters;
}
