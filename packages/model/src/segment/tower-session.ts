import * as ag from '@prs-med/autograd';
import { rootScope, type Scope, type TensorEntry, toFloat32 } from '@prs-med/nn';
import type { Parameter, Parameters } from '../bundle/trained.js';
import { type ClipVisionConfig, clipEmbeddings, clipLayer, patchCount } from '../llava/clip-vision.js';
import type { LlavaConfig } from '../llava/config.js';
import { llavaConfigOf } from '../llava/preset-config.js';
import { mlpProjector } from '../llava/projector.js';
import type { Preset } from '../preset.js';
import { constantScope } from './parameter-constants.js';

/** What makes a picture into the tokens that a LLaVA reads. */
export interface Tower {
  /** Visual tokens [patches, hidden] of a picture [3, size, size], normalised for CLIP. */
  read(picture: Float32Array): Promise<Float32Array>;
  release(): Promise<void>;
}

const LAYERS = 'vision_tower.vision_model.encoder.layers';

/**
 * Opens a tower whose layers are read from their file for each picture and run one by one, by one session: ViT-L takes
 * 1.2 GB in float32, and the language model is there beside it. `weights` has all of the tower's tensors, checked, by their
 * names in the whole model, `parameters` the projector's. Throws GraphError when one of the projector's is missing.
 */
export async function openTower(
  weights: ReadonlyMap<string, TensorEntry>,
  parameters: Parameters,
  preset: Preset,
  runtime: ag.Runtime,
  options: ag.SessionOptions,
): Promise<Tower> {
  const config = llavaConfigOf(preset);
  const { vision, visionLayers } = config;
  const load = (graph: ag.CompiledGraph) => runtime.load(graph, options);
  const first = await load(openingGraph(constantScope(await readOutsideLayers(weights)), vision));
  const layer = layerGraph(vision);
  const each = await load(layer.graph);
  const last = await load(projectorGraph(constantScope(parameters), config));
  const pictureShape = [1, 3, vision.imageSize, vision.imageSize];
  return {
    async read(picture) {
      const opened = await first.run({ picture: { type: 'float32', shape: pictureShape, data: picture } });
      let tokens = opened.tokens!;
      for (let i = 0; i < visionLayers; i++) {
        const feeds: Record<string, ag.TensorValue> = { before: tokens };
        for (const [name, shape] of layer.shapes) {
          const data = await toFloat32(weights.get(`${LAYERS}.${i}.${name}`)!);
          feeds[name] = { type: 'float32', shape, data };
        }
        tokens = (await each.run(feeds)).after!;
      }
      return (await last.run({ tokens })).visual_tokens!.data as Float32Array;
    },
    async release() {
      for (const session of [first, each, last]) await session.release();
    },
  };
}

/** In float32, what of the tower is not in its layers. */
async function readOutsideLayers(weights: ReadonlyMap<string, TensorEntry>): Promise<Parameters> {
  const values = new Map<string, Parameter>();
  for (const [name, entry] of weights)
    if (!name.startsWith(LAYERS)) values.set(name, { shape: entry.shape, data: await toFloat32(entry) });
  return values;
}

const tokensShape = (vision: ClipVisionConfig): ag.Shape => [1, 1 + patchCount(vision), vision.hidden];

function openingGraph(scope: Scope, vision: ClipVisionConfig): ag.CompiledGraph {
  const picture = ag.input('picture', [1, 3, vision.imageSize, vision.imageSize]);
  return ag.compile({
    tokens: clipEmbeddings(scope.at('vision_tower').at('vision_model'), picture, vision),
  });
}

/** One layer, any of them: its weights are inputs, of the shapes given by their names within it. */
function layerGraph(vision: ClipVisionConfig): {
  readonly graph: ag.CompiledGraph;
  readonly shapes: ReadonlyMap<string, ag.Shape>;
} {
  const shapes = new Map<string, ag.Shape>();
  const scope = rootScope((name, shape) => {
    shapes.set(name, shape);
    return ag.input(name, shape);
  });
  const graph = ag.compile({ after: clipLayer(scope, ag.input('before', tokensShape(vision)), vision) });
  return { graph, shapes };
}

function projectorGraph(scope: Scope, { vision, language }: LlavaConfig): ag.CompiledGraph {
  const tokens = ag.input('tokens', tokensShape(vision));
  const patches = ag.slice(tokens, 1, 1, tokens.shape[1]!);
  return ag.compile({ visual_tokens: mlpProjector(scope.at('mm_projector'), patches, language.hidden) });
}
