import { nodeRuntime } from '@prs-med/autograd/node';
import { loadModel, type Model } from '@prs-med/model';
import { bundleFolder } from '@prs-med/model/node';
import { defaultModel } from '../default-model.js';

/** Loads the bundle that `--model` names, or the default one, for the CPU. */
export async function openModel(
  options: { readonly model?: string; readonly threads?: number },
  signal?: AbortSignal,
): Promise<Model> {
  const source = await bundleFolder(options.model ?? defaultModel());
  return loadModel(source, nodeRuntime(), { threads: options.threads, signal });
}
