import * as ag from '@prs-med/autograd';
import { type BundleFile, bytesFile } from '../bundle/bundle-file.js';
import type { Parameters } from '../bundle/trained.js';
import type { BaseWeights } from '../language/base-weights.js';
import type { Preset } from '../preset.js';
import { maskGraph } from '../segment/mask-session.js';
import { regionGraph } from '../segment/region-session.js';
import { visionGraph } from '../segment/vision-session.js';
import { questionReader } from './question-reader.js';

/** Most tokens of a question in an exported graph: its states are of one length. */
export const exportedQuestionTokens = ({ language }: Preset): number => Math.min(256, language.longest);

/** A part of the model as a graph, under the name of its file. */
export interface NamedGraph {
  readonly file: string;
  readonly graph: ag.CompiledGraph;
}

/**
 * The parts of the model one after the other, as they are run: the picture, the question, the mask from both, and what
 * the language model is told of the mask. Outputs of one are inputs of the next under the same name.
 */
export async function* onnxGraphs(
  parameters: Parameters,
  base: BaseWeights,
  preset: Preset,
): AsyncGenerator<NamedGraph, void, undefined> {
  const length = exportedQuestionTokens(preset);
  const named = (
    file: string,
    make: (options: { externalFile: string }) => ag.CompiledGraph,
  ): NamedGraph => ({
    file,
    graph: make({ externalFile: dataFile(file) }),
  });
  yield named('vision_encoder.onnx', (options) => visionGraph(parameters, preset, options));
  const states = await questionReader(base, parameters, preset, length);
  yield named('question_reader.onnx', (options) => ag.compile(states, options));
  yield named('mask_decoder.onnx', (options) => maskGraph(parameters, preset, length, options));
  yield named('regions.onnx', (options) => regionGraph(parameters, preset, options));
}

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
