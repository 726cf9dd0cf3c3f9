import { safetensorsChunks } from '@prs-med/nn';
import { type BundleFile, bytesFile, textFile } from '../bundle/bundle-file.js';
import { CONFIG_FILE, MODEL_CARD_FILE } from '../bundle/config.js';
import type { OpenBundle } from '../bundle/open-bundle.js';
import { readLanguageBase, readParameters, readVisionTower } from '../bundle/read-parts.js';
import { TOKENIZER_CONFIG_JSON, TOKENIZER_JSON } from '../language/tokenizer-files.js';
import { loraOf } from '../segment/language-session.js';
import { huggingFaceCard } from './hugging-face-card.js';
import { graphFiles, onnxGraphs } from './onnx-files.js';
import { type GraphInterface, interfaceOf, onnxNote } from './onnx-note.js';
import { peftAdapter } from './peft-adapter.js';
import { releasedTensors } from './released-names.js';

/**
 * What a bundle can be written as: graphs for stock runtimes; the language model's LoRA for `peft`; all that is trained
 * as a PyTorch state dict; a model folder for the Hugging Face hub, which is a bundle still.
 */
export const EXPORT_FORMATS = ['onnx', 'peft', 'safetensors', 'huggingface'] as const;

export type ExportFormat = (typeof EXPORT_FORMATS)[number];

const CARD = 'README.md';

/**
 * The files of a bundle in another format, each made when the one before it has been taken.
 * @throws BundleError for a file that is missing or damaged, WeightFileError for tensors that are not the model's
 */
export async function* exportFiles(
  bundle: OpenBundle,
  format: ExportFormat,
): AsyncGenerator<BundleFile, void, undefined> {
  const { config } = bundle;
  switch (format) {
    case 'onnx': {
      const interfaces: GraphInterface[] = [];
      const isLlava = config.preset.language.kind === 'llava';
      const reader = isLlava ? { tower: await readVisionTower(bundle) } : await readLanguageBase(bundle);
      for await (const graph of onnxGraphs(await readParameters(bundle), reader, config.preset)) {
        yield* graphFiles(graph);
        interfaces.push(interfaceOf(graph));
      }
      for (const name of [TOKENIZER_JSON, TOKENIZER_CONFIG_JSON])
        if (name in config.files) yield bytesFile(name, [await bundle.read(name)]);
      yield textFile(CARD, onnxNote(interfaces, config.preset));
      break;
    }
    case 'peft':
      yield* peftAdapter(loraOf(await readParameters(bundle), config.preset), config.preset.language);
      break;
    case 'safetensors': {
      const tensors = releasedTensors(await readParameters(bundle));
      yield { name: 'model.safetensors', chunks: safetensorsChunks(tensors, { format: 'pt' }) };
      break;
    }
    case 'huggingface': {
      for (const file of Object.keys(config.files)) yield bytesFile(file, [await bundle.read(file)]);
      yield textFile(CONFIG_FILE, bundle.configText);
      yield textFile(CARD, huggingFaceCard(config, await bundle.text(MODEL_CARD_FILE)));
    }
  }
}
