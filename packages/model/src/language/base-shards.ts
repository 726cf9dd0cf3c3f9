import type { TensorEntry } from '@prs-med/nn';
import { type BaseWeights, EMBEDDING } from './base-weights.js';

/** A file of the base: its name in the bundle and what is in it, for `safetensorsChunks`. */
export interface BaseShard {
  readonly file: string;
  readonly entries: readonly TensorEntry[];
}

/** Name of the file that says in which shard each tensor is. */
export const BASE_INDEX = 'language.safetensors.index.json';

/** A little below 45 MB, the most that a file of the bundle may have, for the header. */
const LARGEST_SHARD = 44_500_000;

/**
 * Shares the base out among files below 45 MB: the embedding in the first, then the layers in equal parts. `index` is
 * the text of `language.safetensors.index.json`. The same base gives the same files.
 */
export function baseShards(base: BaseWeights): { shards: BaseShard[]; index: string } {
  const entries = [...base.tensors.values()];
  const embedding = entries.filter(({ name }) => name.startsWith(EMBEDDING));
  const rest = entries.filter(({ name }) => !name.startsWith(EMBEDDING));
  const size = (part: readonly TensorEntry[]) => part.reduce((sum, { byteLength }) => sum + byteLength, 0);
  if (size(embedding) > LARGEST_SHARD) {
    throw new Error(
      `baseShards: the embedding alone has ${size(embedding)} bytes; a shard must stay below 45 MB`,
    );
  }
  const parts = Math.ceil(size(rest) / LARGEST_SHARD);
  const groups: TensorEntry[][] = Array.from({ length: parts }, () => []);
  // A layer stays whole: its part is that of its place in the model.
  for (const entry of rest) {
    const layer = Number(/^model\.layers\.(\d+)\./.exec(entry.name)?.[1] ?? base.config.layers - 1);
    groups[Math.floor((layer * parts) / base.config.layers)]!.push(entry);
  }
  const all = [embedding, ...groups];
  const shards = all.map((group, index) => ({ file: shardFile(index + 1, all.length), entries: group }));
  return { shards, index: shardIndex(shards) };
}

/** The text of an index: which tensor is in which file. Of the tensors only names and sizes are looked at. */
export function shardIndex(
  shards: readonly {
    readonly file: string;
    readonly entries: readonly Pick<TensorEntry, 'name' | 'byteLength'>[];
  }[],
): string {
  const entries = shards.flatMap(({ file, entries: inside }) =>
    inside.map(({ name, byteLength }) => ({ name, byteLength, file })),
  );
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  const index = {
    metadata: { total_size: entries.reduce((sum, { byteLength }) => sum + byteLength, 0) },
    weight_map: Object.fromEntries(entries.map(({ name, file }) => [name, file])),
  };
  return `${JSON.stringify(index, null, 1)}\n`;
}

/** Name of the file that is the `part`th, from 1, of `parts`. */
export const shardFile = (part: number, parts: number): string => {
  const pad = (number: number) => String(number).padStart(5, '0');
  return `language-${pad(part)}-of-${pad(parts)}.safetensors`;
};
