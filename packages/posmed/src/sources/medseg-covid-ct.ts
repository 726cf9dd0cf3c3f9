import { LUNG_WINDOW } from './ct-slices.js';
import { type LabelledVolume, listVolumes, type VolumeTarget } from './nifti-slices.js';
import {
  type SourceAdapter,
  SourceError,
  type SourceFolder,
  type SourceListing,
  type SourceProblem,
} from './source.js';

/** What a label of the infection masks means. */
const GROUND_GLASS = 1;
const CONSOLIDATION = 2;
const PLEURAL_EFFUSION = 3;

const VOLUME_FILE = /(?:^|\/)(?<directory>rp_im|rp_msk|rp_lung_msk)\/(?<number>\d+)\.nii(?:\.gz)?$/;

/**
 * One or both parts of the set, in any folders: 100 single slices of more than 40 patients (`tr_im.nii.gz`,
 * `tr_mask.nii.gz`, `tr_lungmasks_updated.nii.gz`), which tell no patients, and nine volumes (`rp_im/1.nii.gz`,
 * `rp_msk/1.nii.gz`, `rp_lung_msk/1.nii.gz`), of which every fifth slice that shows lung is a picture and a volume is a
 * group. Lung infection is ground-glass opacity and consolidation together. Pictures are shown through the lung window.
 */
export const medsegCovidCt: SourceAdapter = {
  kind: 'medseg-covid-ct',
  title: 'the COVID-19 CT segmentation set of MedSeg',
  modality: 'ct',
  targets: ['lung', 'lung infection', 'pleural effusion'],
  licence: 'CC0 by other accounts; not verified',
  origin: 'MedSeg, doi 10.6084/m9.figshare.13521488 (slices) and 10.6084/m9.figshare.13521509 (volumes)',
  list: listParts,
};

async function listParts(folder: SourceFolder): Promise<SourceListing> {
  const problems: SourceProblem[] = [];
  const volumes = [...slicesPart(folder, problems), ...volumesPart(folder, problems)];
  if (volumes.length === 0 && problems.length === 0) {
    throw new SourceError(
      folder.name,
      `it has neither "tr_im.nii.gz" nor a folder "rp_im/" of ${medsegCovidCt.title}`,
      'name the folder of the unpacked set',
    );
  }
  const listing = await listVolumes(folder, volumes);
  return { items: listing.items, problems: [...problems, ...listing.problems] };
}

function slicesPart(folder: SourceFolder, problems: SourceProblem[]): LabelledVolume[] {
  const find = (name: string) =>
    folder.files.find((file) => new RegExp(`(?:^|/)${name}\\.nii(?:\\.gz)?$`).test(file));
  const file = find('tr_im');
  const infection = find('tr_mask');
  const lung = find('tr_lungmasks_updated');
  return joined({ file, infection, lung }, problems, {
    id: 'tr',
    group: null,
    slices: 'all',
    names: ['tr_im.nii.gz', 'tr_mask.nii.gz', 'tr_lungmasks_updated.nii.gz'],
  });
}

function volumesPart(folder: SourceFolder, problems: SourceProblem[]): LabelledVolume[] {
  const byNumber = new Map<number, Record<string, string>>();
  for (const file of folder.files) {
    const { directory, number } = VOLUME_FILE.exec(file)?.groups ?? {};
    if (directory === undefined) continue;
    const files = byNumber.get(Number(number)) ?? {};
    byNumber.set(Number(number), files);
    if (files[directory] === undefined) files[directory] = file;
    else problems.push({ file, problem: `it is one too many: ${files[directory]} has the same name` });
  }
  return [...byNumber]
    .sort(([a], [b]) => a - b)
    .flatMap(([number, files]) =>
      joined({ file: files.rp_im, infection: files.rp_msk, lung: files.rp_lung_msk }, problems, {
        id: `rp-${number}`,
        group: `rp-${number}`,
        slices: { showing: ['lung'] },
        names: [`rp_im/${number}.nii.gz`, `rp_msk/${number}.nii.gz`, `rp_lung_msk/${number}.nii.gz`],
      }),
    );
}

interface Part extends Pick<LabelledVolume, 'id' | 'group' | 'slices'> {
  /** What the volume, its infection and its lungs are called. */
  names: readonly [string, string, string];
}

/** A volume with its masks. What lacks a partner is a problem; without the lungs, single slices keep the infection. */
function joined(
  { file, infection, lung }: Record<'file' | 'infection' | 'lung', string | undefined>,
  problems: SourceProblem[],
  { names, ...part }: Part,
): LabelledVolume[] {
  const masks = [infection, lung];
  if (file === undefined) {
    for (const mask of masks) {
      if (mask) problems.push({ file: mask, problem: `it has no picture: ${names[0]} is missing` });
    }
    return [];
  }
  for (const [index, mask] of masks.entries()) {
    if (!mask) problems.push({ file, problem: `it has no mask: ${names[index + 1]} is missing` });
  }
  const targets: VolumeTarget[] = [];
  if (lung) targets.push({ target: 'lung', file: lung, labels: 'all' });
  if (infection) {
    targets.push(
      { target: 'lung infection', file: infection, labels: [GROUND_GLASS, CONSOLIDATION] },
      { target: 'pleural effusion', file: infection, labels: [PLEURAL_EFFUSION] },
    );
  }
  return [{ ...part, dataset: medsegCovidCt.kind, file, window: LUNG_WINDOW, targets }];
}
