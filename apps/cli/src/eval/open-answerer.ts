import { type Answerer, blindAnswerer, type TrainingSet } from '@prs-med/evaluation';
import {
  endpointAnswerer,
  type ImageToPredict,
  PredictionsError,
  predictionsAnswerer,
} from '@prs-med/evaluation/node';
import { CommandError } from '../command-error.js';
import type { EvalOptions } from '../commands/eval.js';
import { endpointKey, endpointUrl } from '../endpoint-access.js';
import { modelAnswerer } from './model-answerer.js';

/** Whoever is asked, what of it, and what it lacks. */
export interface OpenedAnswerer {
  readonly answerer: Answerer;
  /** Whether a pair can be asked. */
  has(pairId: string): boolean;
  /** Predictions that are missing or of no use, a line each. */
  readonly missing: readonly string[];
}

const DEFAULT_CONCURRENCY = 4;
const DEFAULT_TIMEOUT = 300;

/** Options that serve one kind of answerer alone, and what has to be given with them. */
const NEEDS = {
  '--endpoint-model': ['endpointModel', 'endpoint', '--endpoint'],
  '--concurrency': ['concurrency', 'endpoint', '--endpoint'],
  '--timeout': ['timeout', 'endpoint', '--endpoint'],
  '--allow-missing': ['allowMissing', 'predictions', '--predictions'],
} as const;

/** @throws CommandError for an option that is missing, or given for nothing */
export function checkAnswererOptions(options: EvalOptions): void {
  for (const [option, [name, other, needed]] of Object.entries(NEEDS)) {
    if (options[name] === undefined || options[name] === false || options[other] !== undefined) continue;
    throw new CommandError(option, `it has no use without ${needed}`, `add ${needed}, or leave it out`);
  }
  if (options.endpoint !== undefined && options.endpointModel === undefined) {
    throw new CommandError('--endpoint', 'it needs a model', 'name one that it has with --endpoint-model');
  }
}

/**
 * Opens a model or an endpoint, before data are read, which takes long.
 * @param warn is told what does not keep it from answering
 * @returns null where the options name something else
 * @throws CommandError, BundleError or GeneratorError
 */
export async function openModelOrEndpoint(
  options: EvalOptions,
  warn: (text: string) => void,
  signal: AbortSignal,
): Promise<Answerer | null> {
  const { baseline, predictions, endpoint } = options;
  if (baseline !== undefined || predictions !== undefined) return null;
  if (endpoint !== undefined) return openEndpointAnswerer(endpoint, options, warn, signal);
  return modelAnswerer(options, signal);
}

/**
 * Opens a folder of predictions for what is to be asked, or a baseline.
 * @throws EvaluationError, after `warn` has been told all that is wrong with the predictions
 */
export async function openPredictionsOrBaseline(
  { baseline, predictions, allowMissing, seed }: EvalOptions,
  training: TrainingSet,
  images: readonly ImageToPredict[],
  warn: (text: string) => void,
): Promise<OpenedAnswerer> {
  if (predictions !== undefined) return openPredictions(predictions, images, allowMissing, warn);
  return answersAll(blindAnswerer(baseline!, training, seed));
}

/** Who can be asked every pair. */
export const answersAll = (answerer: Answerer): OpenedAnswerer => ({
  answerer,
  has: () => true,
  missing: [],
});

async function openPredictions(
  folder: string,
  images: readonly ImageToPredict[],
  allowMissing: boolean,
  warn: (text: string) => void,
): Promise<OpenedAnswerer> {
  try {
    const answerer = await predictionsAnswerer(folder, images, { allowMissing });
    for (const problem of answerer.problems) warn(problem);
    if (answerer.areBinary) warn(`${folder}: no file has a value above 1, so 1 is taken for the target`);
    return { answerer, has: (pairId) => answerer.has(pairId), missing: answerer.problems };
  } catch (error) {
    if (error instanceof PredictionsError) for (const problem of error.problems) warn(problem);
    throw error;
  }
}

async function openEndpointAnswerer(
  endpoint: string,
  { endpointModel, concurrency, timeout }: EvalOptions,
  warn: (text: string) => void,
  signal: AbortSignal,
): Promise<Answerer> {
  const answerer = await endpointAnswerer({
    baseURL: endpointUrl(endpoint, '--endpoint', 'name it as in --endpoint http://HOST/v1'),
    apiKey: endpointKey(process.env),
    model: endpointModel!,
    concurrency: concurrency ?? DEFAULT_CONCURRENCY,
    timeout: timeout ?? DEFAULT_TIMEOUT,
  });
  const warning = await answerer.check(signal);
  if (warning !== null) warn(warning);
  return answerer;
}
