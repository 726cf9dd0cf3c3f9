import * as ag from '@prs-med/autograd';
import { type BundleFile, bytesFile } from '../bundle/bundle-file.js';
import type { Parameters } from '../bundle/trained.js';
import type { BaseWeights } from '../language/base-weights.js';
import { visualTokens } from '../llava/llava.js';
import { llavaConfigOf } from '../llava/preset-config.js';
import type { Preset } from '../preset.js';
import { regionTokenCount } from '../prs-med.js';
import { maskGraph } from '../segment/mask-session.js';
import { constantScope } from '../segment/parameter-constants.js';
import { regionGraph } from '../segment/region-session.js';
import { visionGraph } from '../segment/vision-session.js';
import { questionReader } from './question-reader.js';

const QUESTION_TOKENS = 256;

/** Most tokens of a prompt in an exported graph, whose states are of one length: a question's, and a LLaVA's picture. */
export const exportedTokens = ({ language }: Preset): number =>
  Math.min(
    language.longest,
    QUESTION_TOKENS + (language.kind === 'llava' ? language.visualTokensSide ** 2 : 0),
  );

/** A part of the model as a graph, under the name of its file. */
export interface NamedGraph {
  readonly file: string;
  readonly graph: ag.CompiledGraph;
}

/** What the question is read with: a language model that becomes a graph, or a LLaVA's tower, by names in the whole model. */
export type ExportedReader = BaseWeights | { readonly tower: Parameters };

/**
 * The parts of the model one after the other, as they are run: the picture, the question, the mask from both, and what
 * the language model is told of the mask. Outputs of one are inputs of the next under the same name. Of a LLaVA the
 * language model is left to other programs: the tower that gives it the visual tokens stands in its place.
 */
export async function* onnxGraphs(
  parameters: Parameters,
  reader: ExportedReader,
  preset: Preset,
): AsyncGenerator<NamedGraph, void, undefined> {
  const length = exportedTokens(preset);
  yield named('vision_encoder.onnx', (options) => visionGraph(parameters, preset, options));
  if ('tower' in reader) {
    const seeing = new Map([...reader.tower, ...parameters]);
    yield named('vision_tower.onnx', (options) => towerGraph(seeing, preset, options));
  } else {
    const states = await questionReader(reader, parameters, preset, length);
    yield named('question_reader.onnx', (options) => ag.compile(states, options));
  }
  yield named('mask_decoder.onnx', (options) => maskGraph(parameters, preset, length, options));
  if (regionTokenCount(preset) > 0)
    yield named('regions.onnx', (options) => regionGraph(parameters, preset, options));
}

function towerGraph(
  parameters: Parameters,
  preset: Preset,
  options: Pick<ag.CompileOptions, 'externalFile'>,
): ag.CompiledGraph {
  const config = llavaConfigOf(preset);
  const { imageSize } = config.vision;
  const picture = ag.input('tower_picture', [1, 3, imageSize, imageSize]);
  return ag.compile({ visual_tokens: visualTokens(constantScope(parameters), picture, config) }, options);
}

const named = (
  file: string,
  make: (options: { readonly externalFile: string }) => ag.CompiledGraph,
): NamedGraph => ({ file, graph: make({ externalFile: dataFile(file) }) });

/** The file of a graph's large weights, which must lie beside it. */
const dataFile = (file: string): string => `${file}.data`;

/** A graph's own file, after the file of its large weights where it has any. */
export function graphFiles({ file, graph }: NamedGraph): BundleFile[] {
  const model = bytesFile(file, [graph.model]);
  return graph.externalData.length === 0 ? [model] : [bytesFile(dataFile(file), placed(graph)), model];
}

/** The weights in the order of their offsets, with zeros where these leave room. */
function* placed({ externalData }: ag.CompiledGraph): Generator<Uint8Array, void, undefined> {
  let end = 0;
  for (const { offset, data } of externalData) {
    if (offset > end) yield new Uint8Array(offset - end);
    yield data;
    end = offset + data.byteLength;
  }
}
