import type { Runtime } from '@prs-med/autograd';
import { readShardedSafetensors } from '@prs-med/nn';
import { BundleError } from '../bundle/bundle-error.js';
import { TRAINED_FILE } from '../bundle/config.js';
import { type OpenBundle, openBundle } from '../bundle/open-bundle.js';
import { trainedShapes } from '../bundle/parameter-shapes.js';
import type { BundleSource } from '../bundle/source.js';
import { type Parameters, readTrained } from '../bundle/trained.js';
import { BASE_INDEX } from '../language/base-shards.js';
import { type BaseWeights, readBaseWeights } from '../language/base-weights.js';
import { loadLanguageModel } from '../language/language-model.js';
import { loadTokenizer, type Tokenizer } from '../language/tokenizer.js';
import { TOKENIZER_CONFIG_JSON, TOKENIZER_JSON } from '../language/tokenizer-files.js';
import { loraOf } from './language-session.js';
import { type Model, SegmentModel } from './model.js';
import { regionGraph } from './region-session.js';
import { visionGraph } from './vision-session.js';

export interface LoadOptions {
  /** Threads within an operator; all cores when left out. */
  readonly threads?: number | undefined;
  /** Ends the loading between its steps; `loadModel` then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Loads a bundle for use. Every file's SHA-256 and every tensor's name and shape are checked.
 * @throws BundleError for a file that is missing or damaged, WeightFileError for tensors that are not the model's
 */
export async function loadModel(
  source: BundleSource,
  runtime: Runtime,
  options: LoadOptions = {},
): Promise<Model> {
  const { signal, threads } = options;
  const bundle = await openBundle(source);
  const { preset } = bundle.config;
  if (preset.language.kind === 'llava') {
    const problem = 'its language model is LLaVA, which cannot be run on pictures yet';
    throw new BundleError(source.name, problem, "use a bundle whose language.kind is 'llama'");
  }
  const session = threads === undefined ? {} : { threads };
  // All files are asked for at once: while one is read, another is hashed or made into a session.
  const pending = [readParameters(bundle), readLanguageBase(bundle), readTokenizer(bundle)] as const;
  for (const promise of pending) promise.catch(() => undefined);
  const parameters = await pending[0];
  signal?.throwIfAborted();
  const vision = await runtime.load(visionGraph(parameters, preset), session);
  const regions = await runtime.load(regionGraph(parameters, preset), session);
  const base = await pending[1];
  signal?.throwIfAborted();
  const language = await loadLanguageModel(
    base,
    loraOf(parameters, preset),
    { layersRead: preset.fusion.layersRead, session },
    runtime,
  );
  const tokenizer = await pending[2];
  const model = new SegmentModel({
    bundle,
    runtime,
    threads,
    tokenizer,
    parameters,
    vision,
    regions,
    language,
  });
  await model.warm();
  return model;
}

/** The parameters that training changes, checked. */
export async function readParameters(bundle: OpenBundle): Promise<Parameters> {
  return readTrained(await bundle.open(TRAINED_FILE), trainedShapes(bundle.config.preset));
}

/** The language model's frozen base, checked; tensors are read when they are asked for. */
export async function readLanguageBase(bundle: OpenBundle): Promise<BaseWeights> {
  const index = await bundle.text(BASE_INDEX);
  const shards = Object.keys(bundle.config.files).filter((file) => /^language-.*\.safetensors$/.test(file));
  // Read side by side, then opened in the index's order.
  const opened = new Map(shards.map((file) => [file, bundle.open(file)]));
  for (const promise of opened.values()) promise.catch(() => undefined);
  const file = await readShardedSafetensors(
    (name) => opened.get(name) ?? bundle.open(name),
    index,
    BASE_INDEX,
  );
  return readBaseWeights(file, bundle.config.preset.language);
}

/** The bundle's tokenizer. */
export async function readTokenizer(bundle: OpenBundle): Promise<Tokenizer> {
  const config =
    TOKENIZER_CONFIG_JSON in bundle.config.files ? bundle.text(TOKENIZER_CONFIG_JSON) : undefined;
  return loadTokenizer(await bundle.text(TOKENIZER_JSON), await config);
}
