import type { Runtime, SessionOptions, TensorValue } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import {
  joinEmbeddings,
  type LanguageModel,
  llavaConfigOf,
  llavaVisualTokens,
  type Preset,
  readEmbeddings,
} from '@prs-med/model';
import { rootScope } from '@prs-med/nn';
import type { Conversation } from './conversation.js';
import { floats, type SampleBatch } from './feeds.js';
import type { PromptReader, PromptStates } from './prompt-reader.js';

const PROJECTOR = 'mm_projector.';

/** The frozen tower of a LLaVA with the projector as an input: one session serves a whole run. */
export interface TowerReader {
  /** The visual tokens of a batch's pictures, [patches, hidden] each; `parameters` has the projector's by name. */
  read(batch: SampleBatch, parameters: ReadonlyMap<string, Float32Array>): Promise<Float32Array[]>;
  close(): Promise<void>;
}

/** Loads the tower for batches of up to `samples`; `values` gives its parameters by name. */
export async function loadTowerReader(
  preset: Preset,
  samples: number,
  values: ReadonlyMap<string, Float32Array>,
  runtime: Runtime,
  options: SessionOptions = {},
): Promise<TowerReader> {
  const config = llavaConfigOf(preset);
  const { imageSize } = config.vision;
  const projector = new Map<string, ag.Shape>();
  const scope = rootScope((name, shape) => {
    if (!name.startsWith(PROJECTOR)) return ag.constant(values.get(name)!, shape);
    projector.set(name, shape);
    return ag.input(name, shape);
  });
  const pictures = ag.input('towerPictures', [samples, 3, imageSize, imageSize]);
  const session = await runtime.load(
    ag.compile({ tokens: llavaVisualTokens(scope, pictures, config) }),
    options,
  );
  return {
    async read(batch, parameters) {
      const data = new Float32Array(ag.elementCount(pictures.shape));
      data.set(batch.towerPictures!);
      const feeds: Record<string, TensorValue> = { towerPictures: floats(pictures.shape, data) };
      for (const [name, shape] of projector) feeds[name] = floats(shape, parameters.get(name)!);
      const tokens = (await session.run(feeds)).tokens!.data as Float32Array;
      const each = tokens.length / samples;
      return batch.samples.map((_, i) => tokens.subarray(i * each, (i + 1) * each));
    },
    close: () => session.release(),
  };
}

/** For a prompt of opening, picture and question; `longest` tokens of the question are read at most. */
export const llavaPromptReader = (
  language: LanguageModel,
  conversation: Conversation,
  longest: number,
  tower: TowerReader,
  parameters: ReadonlyMap<string, Float32Array>,
): PromptReader => ({
  async read(batch) {
    const pictures = await tower.read(batch, parameters);
    const opening = language.embed(conversation.openingIds);
    const prompts: PromptStates[] = [];
    for (const [i, { question }] of batch.samples.entries()) {
      const words = language.embed(conversation.questionIds(question).slice(0, longest));
      const { length, states } = await readEmbeddings(
        language,
        joinEmbeddings([opening, pictures[i]!, words]),
      );
      prompts.push({ length, states });
    }
    return prompts;
  },
});
