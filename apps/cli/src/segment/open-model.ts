import { loadModel, type Model } from '@prs-med/model';
import { bundleFolder } from '@prs-med/model/node';
import { defaultModel } from '../default-model.js';
import { openRuntime } from '../open-runtime.js';
import type { Provider } from '../option-parsers.js';

/** Loads the bundle that `--model` names, or the default one, for the provider that `--provider` names. */
export async function openModel(
  options: { readonly model?: string; readonly threads?: number; readonly provider?: Provider },
  signal?: AbortSignal,
): Promise<Model> {
  const source = await bundleFolder(options.model ?? defaultModel());
  return loadModel(source, await openRuntime(options.provider), { threads: options.threads, signal });
}
