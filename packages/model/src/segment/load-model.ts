import type { Runtime, SessionOptions } from '@prs-med/autograd';
import { openBundle } from '../bundle/open-bundle.js';
import { readParameters, readTokenizer } from '../bundle/read-parts.js';
import type { BundleSource } from '../bundle/source.js';
import type { Preset } from '../preset.js';
import { regionTokenCount } from '../prs-med.js';
import { llamaLoader } from './llama-prompt.js';
import { llavaLoader } from './llava-prompt.js';
import { maskParameters } from './mask-session.js';
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
  const session = sessionOptions(preset, threads);
  // All files but those of a LLaVA are asked for at once: while one is read, another is made into a session.
  const pending = [readParameters(bundle), readTokenizer(bundle)] as const;
  for (const promise of pending) promise.catch(() => undefined);
  const begin = preset.language.kind === 'llava' ? llavaLoader : llamaLoader;
  const loadReader = begin(bundle, runtime, session);
  const parameters = await pending[0];
  signal?.throwIfAborted();
  const vision = await runtime.load(visionGraph(parameters, preset), session);
  const regions =
    regionTokenCount(preset) === 0 ? undefined : await runtime.load(regionGraph(parameters, preset), session);
  const tokenizer = await pending[1];
  const { language, reader } = await loadReader({ parameters, tokenizer, vision, signal });
  const model = new SegmentModel({
    bundle,
    runtime,
    session,
    tokenizer,
    parameters: maskParameters(parameters, preset),
    vision,
    regions,
    language,
    reader,
  });
  await model.warm();
  return model;
}

/** With a LLaVA a session frees what its run took, some 300 MB at 1,024 pixels: the next run may be minutes away. */
const sessionOptions = (preset: Preset, threads: number | undefined): SessionOptions => ({
  ...(threads === undefined ? {} : { threads }),
  ...(preset.language.kind === 'llava' ? { keepMemory: false } : {}),
});
