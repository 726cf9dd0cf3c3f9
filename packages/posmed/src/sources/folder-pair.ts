import { z } from 'zod';
import { findLayout } from './layout.js';
import { type FileSet, joinListings, listPairs, type MaskSet } from './pairing.js';
import {
  MODALITIES,
  type SourceAdapter,
  SourceError,
  type SourceFolder,
  type SourceListing,
  SPLITS,
  type Split,
} from './source.js';

const PICTURE_FILE = /^(?<stem>.+)\.(?:png|jpe?g|tiff?|webp|gif|bmp)$/i;

const EXAMPLE = '{ "modality": "endoscopy", "target": "polyp" }';

/** source.json: what the files of a folder pair do not tell. */
const description = z.strictObject({
  modality: z.enum(MODALITIES),
  /** What is white in `masks`. */
  target: z.string().min(1).optional(),
  /** The name of the set, where it has one. */
  name: z.string().min(1).optional(),
  /**
   * A regular expression that finds the patient, study or sequence in a picture's path below `images`, without its
   * ending: its first bracketed part, or the whole match.
   */
  group: z.string().min(1).optional(),
});

interface Description extends Omit<z.infer<typeof description>, 'group'> {
  file: string;
  group: RegExp | null;
}

/**
 * Pictures in `images` and masks of the same stem in `masks`, or of several kinds of target in folders `masks-NAME`.
 * Official splits are folders `train`, `val` and `test`, around these or inside them.
 */
export const folderPair: SourceAdapter = {
  kind: 'folder-pair',
  title: 'a folder of pictures and one of masks',
  modality: 'any',
  targets: [],
  licence: 'as its owner says',
  origin: 'the folder itself',
  list: listFolderPair,
};

async function listFolderPair(folder: SourceFolder): Promise<SourceListing> {
  const parts = ['', ...SPLITS.map((split) => `${split}/`)];
  const { root } = findLayout(
    folder,
    folderPair.title,
    parts.map((part) => [`${part}images`]),
  );
  const about = await readDescription(folder, `${root}source.json`);
  const present = parts.filter((part) =>
    folder.files.some((file) => file.startsWith(`${root}${part}images/`)),
  );
  return joinListings(present.map((part) => listPart(folder, root, part, about)));
}

/** One `images` folder with its mask folders; `part` is empty, or the split and "/". */
function listPart(folder: SourceFolder, root: string, part: string, about: Description): SourceListing {
  return listPairs(folder, {
    pictures: fileSet(`${root}${part}images/`),
    masks: maskSets(folder, root + part, about),
    dataset: about.name ?? folderPair.kind,
    modality: about.modality,
    item: (stem, picture) => ({
      id: `${part}images/${stem}`,
      group: about.group && groupOf(stem, about.group, picture, about.file),
      split: splitOf(part + stem),
    }),
  });
}

function fileSet(directory: string): FileSet {
  return { directory, pattern: PICTURE_FILE, name: (stem) => `${stem}.*` };
}

/** The folders `masks` and `masks-NAME`; a hyphen or underscore in NAME is a space of the target's name. */
function maskSets(folder: SourceFolder, start: string, about: Description): MaskSet[] {
  const targetOf = new Map<string, string>();
  for (const file of folder.files) {
    if (!file.startsWith(start)) continue;
    const found = /^masks(?:-(?<name>[^/]+))?\//.exec(file.slice(start.length));
    if (!found || targetOf.has(start + found[0])) continue;
    targetOf.set(start + found[0], found.groups?.name?.replaceAll(/[-_]/g, ' ') ?? plainTarget(about));
  }
  if (targetOf.size === 0) {
    throw new SourceError(
      `${folder.name}/${start}images`,
      'there is no folder "masks" or "masks-NAME" beside it',
      'put a mask with the same name for each picture there',
    );
  }
  return [...targetOf].map(([directory, target]) => ({ ...fileSet(directory), target }));
}

function plainTarget({ file, target }: Description): string {
  if (target !== undefined) return target;
  throw new SourceError(file, 'it does not say what the masks in "masks" mark', 'add "target": "polyp", say');
}

async function readDescription(folder: SourceFolder, path: string): Promise<Description> {
  const file = `${folder.name}/${path}`;
  if (!folder.files.includes(path)) {
    throw new SourceError(
      file,
      'there is no such file, and pictures alone do not tell what they are and what their masks mark',
      `write one like ${EXAMPLE}`,
    );
  }
  const text = new TextDecoder().decode(await folder.readBytes(path));
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new SourceError(file, 'it is not JSON', `write it like ${EXAMPLE}`, { cause });
  }
  const checked = description.safeParse(parsed);
  if (!checked.success) {
    const { path: where, message } = checked.error.issues[0]!;
    const name = where.length > 0 ? `"${where.join('.')}": ` : '';
    throw new SourceError(file, `${name}${message}`, `write it like ${EXAMPLE}`, { cause: checked.error });
  }
  const { group, ...about } = checked.data;
  return { ...about, file, group: group === undefined ? null : toPattern(group, file) };
}

function toPattern(group: string, file: string): RegExp {
  try {
    return new RegExp(group, 'u');
  } catch (cause) {
    throw new SourceError(file, `"group" is not a regular expression: ${group}`, 'mend it', { cause });
  }
}

function groupOf(stem: string, pattern: RegExp, picture: string, file: string): string {
  const match = pattern.exec(stem);
  const group = match?.[1] ?? match?.[0];
  if (group) return group;
  throw new SourceError(
    file,
    `"group" (${pattern.source}) finds nothing in "${stem}" of ${picture}`,
    'give a pattern that every picture matches, or leave it out',
  );
}

function splitOf(path: string): Split | null {
  return SPLITS.find((split) => path.startsWith(`${split}/`)) ?? null;
}
