import { join } from 'node:path';
import { type Generator, templateGenerator } from '@prs-med/posmed';
import { type OpenAIGenerator, openAIGenerator, WORK_FOLDER } from '@prs-med/posmed/node';
import { CommandError } from '../command-error.js';
import type { DatasetBuildOptions } from '../commands/dataset-build.js';
import { endpointKey, endpointUrl } from '../endpoint-access.js';

/** What words the pairs of a build. */
export type BuildGenerator =
  | { readonly generator: Generator; readonly languageModel: null }
  | { readonly generator: OpenAIGenerator; readonly languageModel: OpenAIGenerator };

const DEFAULT_CONCURRENCY = 4;
const DEFAULT_TIMEOUT = 300;

/** Options that only a language model has a use for. */
const MODEL_OPTIONS = {
  '--base-url': 'baseUrl',
  '--language-model': 'languageModel',
  '--concurrency': 'concurrency',
  '--timeout': 'timeout',
  '--budget': 'budget',
  '--cache': 'cache',
} as const;

/**
 * The generator that a call asks for; the key comes from the environment alone.
 * @throws CommandError when something that it needs is missing, or was given for nothing
 */
export function openGenerator(
  options: DatasetBuildOptions,
  environment: Readonly<Record<string, string | undefined>>,
): BuildGenerator {
  if (options.generator === 'template') {
    for (const [option, name] of Object.entries(MODEL_OPTIONS)) {
      if (options[name] === undefined) continue;
      throw new CommandError(option, 'the template generator has no use for it', 'add --generator openai');
    }
    return { generator: templateGenerator(), languageModel: null };
  }
  const { out, languageModel: model, concurrency, timeout, budget, cache } = options;
  const baseURL = baseUrlOf(options.baseUrl, environment.OPENAI_BASE_URL?.trim());
  if (model === undefined) {
    throw new CommandError('--language-model', 'it is missing', 'name a model that the endpoint has');
  }
  const generator = openAIGenerator({
    baseURL,
    apiKey: endpointKey(environment),
    model,
    concurrency: concurrency ?? DEFAULT_CONCURRENCY,
    timeout: timeout ?? DEFAULT_TIMEOUT,
    budget: budget ?? Number.POSITIVE_INFINITY,
    cache: cache ?? join(out, WORK_FOLDER),
  });
  return { generator, languageModel: generator };
}

function baseUrlOf(option: string | undefined, variable: string | undefined): string {
  const [where, text] = option === undefined ? ['OPENAI_BASE_URL', variable] : ['--base-url', option];
  const remedy = 'name the endpoint, as in --base-url https://HOST/v1';
  if (!text) throw new CommandError('--base-url', 'it is missing, and OPENAI_BASE_URL is not set', remedy);
  return endpointUrl(text, where, remedy);
}
