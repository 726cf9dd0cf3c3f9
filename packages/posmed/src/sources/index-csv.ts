import { joinRows, parseIndexCsv } from './index-csv-rows.js';
import { maskTarget } from './mask-target.js';
import {
  type SourceAdapter,
  SourceError,
  type SourceFolder,
  type SourceListing,
  type SourceProblem,
} from './source.js';

/**
 * Pictures and masks that an `index.csv` names: one row for each picture and target, with the columns dataset,
 * modality, target, image, mask, group, split, width and height; paths are relative to the index. Groups that are in
 * several splits are passed on as they are.
 */
export const indexCsv: SourceAdapter = {
  kind: 'index-csv',
  title: 'files that an index.csv names',
  modality: 'any',
  targets: [],
  licence: 'as its owner says',
  origin: 'the folder itself',
  list: listIndexCsv,
};

async function listIndexCsv(folder: SourceFolder): Promise<SourceListing> {
  const path = findIndex(folder);
  const root = path.slice(0, -'index.csv'.length);
  const file = `${folder.name}/${path}`;
  const rows = parseIndexCsv(new TextDecoder().decode(await folder.readBytes(path)), file);
  const missing = new Set<string>();
  const problems: SourceProblem[] = [];
  const there = new Set(folder.files);
  for (const { line, image, mask } of rows) {
    for (const name of [image, mask]) {
      if (there.has(root + name) || missing.has(name)) continue;
      missing.add(name);
      problems.push({ file: root + name, problem: `it is missing, and row ${line} of ${path} names it` });
    }
  }
  const items = joinRows(rows, file)
    .filter(({ image }) => !missing.has(image))
    .map(({ image, targets, dataset, modality, group, split }) => ({
      id: image,
      modality,
      dataset,
      picture: { file: root + image },
      targets: targets
        .filter(({ mask }) => !missing.has(mask))
        .map(({ target, mask }) => maskTarget(folder, target, [root + mask])),
      group,
      split,
    }))
    .filter(({ targets }) => targets.length > 0);
  problems.push(
    ...unnamed(folder, root, new Set(rows.flatMap(({ image, mask }) => [root + image, root + mask]))),
  );
  return { items, problems };
}

function findIndex(folder: SourceFolder): string {
  const found = folder.files.filter((file) => /^(?:[^/]+\/)?index\.csv$/.test(file));
  const path = found.find((file) => file === 'index.csv') ?? found[0];
  if (path === undefined) {
    throw new SourceError(folder.name, 'there is no index.csv in it', 'name the folder that has one');
  }
  if (path !== 'index.csv' && found.length > 1) {
    throw new SourceError(folder.name, `${found.join(' and ')} are both an index`, 'name the folder of one');
  }
  return path;
}

/** Files that no row names, in folders that rows name files of. */
function unnamed(folder: SourceFolder, root: string, named: ReadonlySet<string>): SourceProblem[] {
  const directoryOf = (file: string) => file.slice(0, file.lastIndexOf('/') + 1);
  const directories = new Set([...named].map(directoryOf));
  directories.delete(root);
  return folder.files
    .filter((file) => !named.has(file) && directories.has(directoryOf(file)))
    .map((file) => ({ file, problem: 'it is one too many: no row of the index names it' }));
}
