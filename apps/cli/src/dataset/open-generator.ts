import { join } from 'node:path';
import { type Generator, templateGenerator } from '@prs-med/posmed';
import { type OpenAIGenerator, openAIGenerator, WORK_FOLDER } from '@prs-med/posmed/node';
import { CommandError } from '../command-error.js';
import type { DatasetBuildOptions } from '../commands/dataset-build.js';

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
 * The generator that a call asks for. The key comes from the environment alone: what is on a command line is seen by
 * others and kept in histories.
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
    apiKey: keyOf(environment.OPENAI_API_KEY?.trim()),
    model,
    concurrency: concurrency ?? DEFAULT_CONCURRENCY,
    timeout: timeout ?? DEFAULT_TIMEOUT,
    budget: budget ?? Number.POSITIVE_INFINITY,
    cache: cache ?? join(out, WORK_FOLDER),
  });
  return { generator, languageModel: generator };
}

/** No message repeats it, for a password may be in it. */
function baseUrlOf(option: string | undefined, variable: string | undefined): string {
  const [where, text] = option === undefined ? ['OPENAI_BASE_URL', variable] : ['--base-url', option];
  const remedy = 'name the endpoint, as in --base-url https://HOST/v1';
  if (!text) throw new CommandError('--base-url', 'it is missing, and OPENAI_BASE_URL is not set', remedy);
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new CommandError(where, 'it is no URL that begins with http:// or https://', remedy);
  }
  if (url.username || url.password || url.search || url.hash) {
    throw new CommandError(
      where,
      'it has more in it than an address',
      'leave out user, password and query; the key belongs in OPENAI_API_KEY',
    );
  }
  return url.href.replace(/\/+$/, '');
}

function keyOf(key: string | undefined): string {
  if (!key) {
    throw new CommandError(
      'OPENAI_API_KEY',
      'it is not set',
      "set it to the endpoint's key, or to any word where the endpoint asks for none",
    );
  }
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw new CommandError('OPENAI_API_KEY', 'it has characters in it that no key has', 'copy it again');
  }
  return key;
}
