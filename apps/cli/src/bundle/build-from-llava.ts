import {
  initialLlavaParameters,
  type Licence,
  type LlavaCheckpoint,
  type Parameters,
  type Preset,
  paper,
  readAdapter,
  readReleased,
  readTrained,
  releasedParameters,
  trainedShapes,
} from '@prs-med/model';
import { buildLlavaBundle, checkpointFolder, releasedFolder, unfinishedBundle } from '@prs-med/model/node';
import { openFile } from '@prs-med/nn/node';
import { CommandError, Interruption } from '../command-error.js';
import type { BundleBuildOptions } from '../commands/bundle.js';
import { interruptible } from '../process-state.js';
import { packageVersion } from '../version.js';
import { startBundleProgress } from './build-progress.js';
import { chooseTrained, encoderLicence, provenanceOf, readNotes, restLicence } from './describe-build.js';
import { chooseEncoder, withStateDict } from './open-encoder.js';

/**
 * `prs-med bundle build` for a preset whose language model is LLaVA. What is interrupted is gone on with by the same call.
 * @returns whether what the bundle has is trained
 * @throws CommandError, BundleError or WeightFileError for what cannot be used
 */
export async function buildFromLlava(options: BundleBuildOptions, preset: Preset): Promise<boolean> {
  const { llava, out } = options;
  if (llava === undefined) {
    throw new CommandError(
      'bundle build',
      `preset ${preset.name} needs a LLaVA checkpoint`,
      'fetch microsoft/llava-med-v1.5-mistral-7b from the Hugging Face hub, and name its folder with --llava',
    );
  }
  const parameters = chooseParameters(options, preset);
  const trainedFile = chooseTrained(options);
  const trained = trainedFile !== undefined || options.released !== undefined;
  const description = {
    name: options.name ?? preset.name,
    version: options.bundleVersion ?? packageVersion(),
    trained,
    preset,
    provenance: await provenanceOf(options, trainedFile),
    licences: [
      ...llavaLicences(preset),
      ...encoderLicence(options),
      ...givenLicences(options),
      ...(options.released === undefined ? [restLicence(trained)] : []),
    ],
  };
  const parts = {
    description,
    checkpoint: llava,
    quantization: options.quantize ?? 'int4',
    parameters,
    notes: await readNotes(options),
  };
  const progress = await startBundleProgress();
  try {
    await interruptible((signal) =>
      buildLlavaBundle(out, parts, {
        replace: options.force ?? false,
        onProgress: progress.show,
        signal,
      }),
    );
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'AbortError') throw error;
    throw new Interruption(`run it again to go on: what is done is in ${unfinishedBundle(out)}`);
  } finally {
    progress.stop();
  }
  return trained;
}

/** How the trained parameters are made, of one of the sources that a call may name. */
function chooseParameters(
  options: BundleBuildOptions,
  preset: Preset,
): (checkpoint: LlavaCheckpoint) => Promise<Parameters> {
  const { adapter, released, seed } = options;
  const trainedFile = chooseTrained(options);
  const trainedOption = options.checkpoint === undefined ? 'trained' : 'checkpoint';
  if (released !== undefined) refuseBeside(options, 'released', ['tinysam', 'adapter', trainedOption]);
  if (trainedFile !== undefined) refuseBeside(options, trainedOption, ['adapter']);
  if (trainedFile !== undefined) return () => readTrainedFile(trainedFile, preset);
  if (released !== undefined) {
    if (preset.decoder.kind !== 'prompted') {
      const problem = `preset ${preset.name} has another decoder than the released model`;
      throw new CommandError(released, problem, 'say --preset paper-released');
    }
    return async (checkpoint) =>
      releasedParameters(preset, checkpoint, await readReleased(await releasedFolder(released), preset));
  }
  const encoder = chooseEncoder(options, preset);
  return async (checkpoint) => {
    const { language } = preset;
    const lora =
      adapter === undefined
        ? undefined
        : await readAdapter(await checkpointFolder(adapter), language, language.lora);
    return withStateDict(encoder, (file) => initialLlavaParameters(preset, seed, checkpoint, file, lora));
  };
}

type InputOption = 'tinysam' | 'adapter' | 'released' | 'trained' | 'checkpoint';

/** Options that give what another one gives whole. */
function refuseBeside(options: BundleBuildOptions, whole: InputOption, others: readonly InputOption[]): void {
  for (const name of others) {
    if (options[name] === undefined) continue;
    throw new CommandError('bundle build', `--${whole} and --${name} are both given`, 'give one of them');
  }
}

async function readTrainedFile(path: string, preset: Preset): Promise<Parameters> {
  const source = await openFile(path);
  try {
    return await readTrained(source, trainedShapes(preset));
  } finally {
    await source.close();
  }
}

const OWN_TERMS = 'LicenseRef-terms-of-the-checkpoint';

/** What the owners of LLaVA-Med 1.5 and of CLIP state; a checkpoint of another shape is another's. */
function llavaLicences({ language }: Preset): Licence[] {
  const parts = ['language model, projector and tokenizer', "language model's vision tower"] as const;
  if (language.hidden !== paper.language.hidden || language.layers !== paper.language.layers)
    return parts.map((part) => ({
      part,
      licence: OWN_TERMS,
      source: 'the LLaVA checkpoint; see its own terms',
    }));
  return [
    {
      part: parts[0],
      licence: 'Apache-2.0',
      source:
        'LLaVA-Med 1.5 (microsoft/llava-med-v1.5-mistral-7b), whose card allows research only and no use in clinical care',
    },
    {
      part: parts[1],
      licence: 'MIT',
      source: 'CLIP ViT-L/14 at 336 pixels (openai/CLIP), as LLaVA-Med has it',
    },
  ];
}

const givenLicences = ({ adapter, released }: BundleBuildOptions): Licence[] => [
  ...(adapter === undefined
    ? []
    : [
        {
          part: 'adapter of the language model',
          licence: OWN_TERMS,
          source: 'the adapter; see its own terms',
        },
      ]),
  ...(released === undefined
    ? []
    : [
        {
          part: 'vision encoder, mask decoder and adapter',
          licence: OWN_TERMS,
          source: 'the released PRS-Med model (huyquoctrinh/PRS-Med on GitHub); see its own terms',
        },
      ]),
];
