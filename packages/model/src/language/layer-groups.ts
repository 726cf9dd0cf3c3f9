import type { LayerWeights } from './layer-weights.js';

/** Layers that follow one another and run as one session. */
export interface LayerGroup {
  /** Number of the first, from 0. */
  readonly first: number;
  readonly layers: readonly LayerWeights[];
  /** The norm after the model's last layer, in the group that has it. */
  readonly finalNorm?: Float32Array | undefined;
}

/** Numbers of the layers of a group: from `first` up to but without `end`. */
export interface LayerRange {
  readonly first: number;
  readonly end: number;
}

/** What reads a model's layers, a group at a time: all at once would be held beside the sessions made of them. */
export interface LayerReader {
  readonly ranges: readonly LayerRange[];
  /** What it gives is good until it reads again. */
  read(range: LayerRange): Promise<LayerGroup>;
}

/** Layers of so many bytes each in groups of at most `limit`, in order; a layer of more is a group by itself. */
export function groupLayers(sizes: readonly number[], limit: number): LayerRange[] {
  const ranges: LayerRange[] = [];
  let first = 0;
  let bytes = 0;
  for (const [layer, size] of sizes.entries()) {
    if (layer > first && bytes + size > limit) {
      ranges.push({ first, end: layer });
      first = layer;
      bytes = 0;
    }
    bytes += size;
  }
  ranges.push({ first, end: sizes.length });
  return ranges;
}
