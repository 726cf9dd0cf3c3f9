import { mkdir, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { createSizeCheck } from '../audit/split-sizes.js';
import { createBalanceCheck } from '../audit/zone-balance.js';
import { DatasetError } from '../dataset/dataset-error.js';
import type { DatasetImage } from '../dataset/dataset-image.js';
import type { PairRow } from '../dataset/schema.js';
import { dataCard } from '../export/data-card.js';
import { truthMasks } from '../export/export-row.js';
import { SPLITS, type Split } from '../sources/source.js';
import { openPosMed, PAIR_COLUMNS, TARGET_COLUMNS } from './dataset-files.js';
import { readDatasetImages } from './dataset-images.js';
import { checkNotEmpty, type ExportCounts, type ExportOptions } from './export-file.js';
import { type Columns, type ColumnType, ParquetRowWriter } from './parquet-rows.js';
import { temporaryName, writeBeside, writeFailure } from './write-beside.js';

/** Bytes after which a Parquet file ends and the next begins. */
const SHARD_BYTES = 500_000_000;
/** Images in a row group, so that readers need not take more at once; fewer where they are large. */
const ROW_GROUP = 100;
const ROW_GROUP_BYTES = 64_000_000;

/** What the splits are called by others. */
const SPLIT_NAMES: Readonly<Record<Split, string>> = { train: 'train', val: 'validation', test: 'test' };

const text = { type: 'text' } as const;
const whole = { type: 'whole' } as const;
const { image: _i, maskFile: _f, rle: _r, quarters: _q, ...SHOWN_TARGET_COLUMNS } = TARGET_COLUMNS;
const { image: _p, ...SHOWN_PAIR_COLUMNS } = PAIR_COLUMNS;

/** A row an image: the file's bytes as they are, and its targets and pairs as lists. */
const COLUMNS = {
  image: { type: 'struct', fields: { bytes: { type: 'bytes' }, path: text } },
  id: text,
  source: text,
  modality: text,
  group: text,
  width: whole,
  height: whole,
  targets: { type: 'list', of: { type: 'struct', fields: { ...SHOWN_TARGET_COLUMNS, mask: text } } },
  pairs: { type: 'list', of: { type: 'struct', fields: { ...SHOWN_PAIR_COLUMNS, mask: text } } },
} as const satisfies Columns;

/**
 * Writes a folder that Hugging Face's `datasets` loads as it is: Parquet files of each split with the pictures in them,
 * and a data card. The splits are called train, validation and test. Memory holds a row group of each split.
 * @param out is made; may exist when it is empty
 * @throws DatasetError when the folder or a picture cannot be read, `out` holds something or cannot be written; there is
 * no half-written folder then
 */
export async function exportHuggingFace(
  folder: string,
  out: string,
  options: ExportOptions & { shardBytes?: number },
): Promise<ExportCounts> {
  const record = await openPosMed(folder);
  const unfinished = await openUnfinished(out);
  const shards = new Shards(join(unfinished, 'data'), options.shardBytes ?? SHARD_BYTES);
  const sizes = createSizeCheck();
  const zones = createBalanceCheck();
  const sets = new Map<string, number>();
  const counts: ExportCounts = { images: 0, pairs: 0 };
  try {
    for await (const entry of readDatasetImages(folder)) {
      options.signal?.throwIfAborted();
      const pairs = entry.pairs.filter(({ status }) => options.statuses.has(status));
      if (pairs.length > 0) {
        const { source, split } = entry.image;
        await shards.write(split, await rowOf(folder, entry, pairs));
        sizes.add({ ...entry, pairs });
        zones.add(entry);
        sets.set(source, (sets.get(source) ?? 0) + 1);
        counts.images++;
        counts.pairs += pairs.length;
      }
      options.onImage?.();
    }
    checkNotEmpty(folder, counts, options.statuses);
    const splits = await shards.close();
    const facts = {
      record,
      sizes: sizes.sizes(),
      zones: zones.balance(),
      sets,
      statuses: [...options.statuses],
    };
    await writeBeside(join(unfinished, 'README.md'), frontMatter(counts, splits) + dataCard(facts, FIELDS));
    await rename(unfinished, out).catch((error: unknown) => Promise.reject(writeFailure(out, error)));
  } catch (error) {
    await shards.abort();
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
  return counts;
}

/** A folder beside the one that is to be, which is not there yet. */
async function openUnfinished(out: string): Promise<string> {
  try {
    const there = await readdir(out).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (there && there.length > 0) {
      throw new DatasetError(out, 'there is something in this folder', 'name a new or an empty one');
    }
    if (there) await rmdir(out);
    const unfinished = temporaryName(resolve(out));
    await mkdir(unfinished);
    await mkdir(join(unfinished, 'data'));
    return unfinished;
  } catch (error) {
    throw error instanceof DatasetError ? error : writeFailure(out, error);
  }
}

type ImageWithBytes = Record<keyof typeof COLUMNS, unknown> & { image: { bytes: Uint8Array; path: string } };

async function rowOf(
  folder: string,
  entry: DatasetImage,
  pairs: readonly PairRow[],
): Promise<ImageWithBytes> {
  const { id, source, modality, group, width, height, file } = entry.image;
  const path = join(folder, file);
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    const remedy = 'move the data set together with its sources, or build it again';
    throw new DatasetError(path, `the picture of ${id} cannot be read (${error.code})`, remedy, {
      cause: error,
    });
  });
  const masks = truthMasks(entry);
  return {
    image: { bytes, path: basename(file) },
    id,
    source,
    modality,
    group,
    width,
    height,
    targets: entry.targets.map((row) => ({ ...row, mask: row.rle })),
    pairs: pairs.map((row) => ({ ...row, mask: masks(row.targets) })),
  };
}

/** The Parquet files of the splits: train-00000.parquet and so on. */
class Shards {
  readonly #folder: string;
  readonly #shardBytes: number;
  readonly #open = new Map<
    Split,
    { writer: ParquetRowWriter<ImageWithBytes>; bytes: number; group: number }
  >();
  readonly #count: Record<Split, number> = { train: 0, val: 0, test: 0 };

  constructor(folder: string, shardBytes: number) {
    this.#folder = folder;
    this.#shardBytes = shardBytes;
  }

  async write(split: Split, row: ImageWithBytes): Promise<void> {
    let shard = this.#open.get(split);
    if (!shard) {
      const number = String(this.#count[split]++).padStart(5, '0');
      const path = join(this.#folder, `${SPLIT_NAMES[split]}-${number}.parquet`);
      const writer = await ParquetRowWriter.create<ImageWithBytes>(path, COLUMNS, {
        rowGroupSize: ROW_GROUP,
      });
      shard = { writer, bytes: 0, group: 0 };
      this.#open.set(split, shard);
    }
    shard.bytes += row.image.bytes.length;
    shard.group += row.image.bytes.length;
    await shard.writer.write(row);
    if (shard.group >= ROW_GROUP_BYTES) {
      await shard.writer.flush();
      shard.group = 0;
    }
    if (shard.bytes >= this.#shardBytes) {
      await shard.writer.close();
      this.#open.delete(split);
    }
  }

  /** @returns the splits that have files */
  async close(): Promise<Split[]> {
    for (const { writer } of this.#open.values()) await writer.close();
    return SPLITS.filter((split) => this.#count[split] > 0);
  }

  async abort(): Promise<void> {
    for (const { writer } of this.#open.values()) await writer.abort();
  }
}

/** The YAML that `datasets` and the Hub read, between two lines of dashes. */
function frontMatter({ images, pairs }: ExportCounts, splits: readonly Split[]): string {
  const name = (split: Split): string => SPLIT_NAMES[split];
  return [
    '---',
    'pretty_name: Position-reasoning questions and answers on medical pictures',
    'language: en',
    'license: other',
    'license_name: terms-of-the-sources',
    'license_link: README.md',
    'task_categories:',
    '- visual-question-answering',
    '- image-segmentation',
    'tags:',
    '- medical',
    '- position-reasoning',
    'size_categories:',
    `- ${sizeCategory(Math.max(images, pairs))}`,
    'configs:',
    '- config_name: default',
    '  data_files:',
    ...splits.flatMap((split) => [`  - split: ${name(split)}`, `    path: data/${name(split)}-*.parquet`]),
    'dataset_info:',
    '  config_name: default',
    '  features:',
    ...featuresOf(COLUMNS).map((line) => `  ${line}`),
    '---',
    '',
    '',
  ].join('\n');
}

function sizeCategory(number: number): string {
  if (number < 1_000) return 'n<1K';
  if (number < 10_000) return '1K<n<10K';
  if (number < 100_000) return '10K<n<100K';
  return number < 1_000_000 ? '100K<n<1M' : '1M<n<10M';
}

const DTYPES = { text: 'string', whole: 'int32', number: 'float64', flag: 'bool', bytes: 'binary' } as const;

/** The features of columns as `datasets` writes them in YAML. */
function featuresOf(columns: Columns): string[] {
  return Object.entries(columns).flatMap(([name, column]) => {
    const [first, ...rest] = featureOf(column);
    return [`- name: ${name}`, `  ${first}`, ...rest.map((line) => `  ${line}`)];
  });
}

function featureOf(column: ColumnType): string[] {
  if (column.type === 'struct') {
    return 'bytes' in column.fields ? ['dtype: image'] : ['struct:', ...featuresOf(column.fields)];
  }
  if (column.type !== 'list') return [`dtype: ${DTYPES[column.type]}`];
  const { of } = column;
  if (of.type === 'list') return ['list:', ...featureOf(of).map((line) => `  ${line}`)];
  return of.type === 'struct' ? ['list:', ...featuresOf(of.fields)] : [`list: ${DTYPES[of.type]}`];
}

const FIELDS = `A row is an image with its targets and pairs.

| field | what it is |
|---|---|
| \`image\` | the picture, as its source has it |
| \`id\`, \`source\`, \`modality\`, \`group\`, \`width\`, \`height\` | of the picture; sizes in pixels |
| \`targets\` | what is marked: \`target\` (its name), \`zone\`, \`nearCenter\`, \`box\` (x, y, width, height), \`area\`, \`regions\` (its connected components), \`mask\` |
| \`pairs\` | \`question\`, \`answer\`, \`kind\`, \`template\`, \`target\` (asked for), \`askedZones\`, \`askedSide\`, \`askedAll\`, \`zones\` (named by the answer), \`targets\` (ids of the truth; empty when absent), \`mask\` (the truth), \`laterality\`, \`generator\`, \`status\` |

Masks are COCO's compressed run-length encoding:

\`\`\`python
from datasets import load_dataset
from pycocotools import mask

data = load_dataset("path/to/this/folder", split="train")
row = data[0]
for pair in row["pairs"]:
    truth = mask.decode({"size": [row["height"], row["width"]], "counts": pair["mask"]})
    print(pair["question"], pair["answer"], truth.sum())
\`\`\``;
