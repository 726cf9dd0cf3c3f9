import type { DisplayWindow } from '@prs-med/imaging';
import { z } from 'zod';
import { LUNG_WINDOW, SOFT_TISSUE_WINDOW } from './ct-slices.js';
import { findLayout } from './layout.js';
import { type LabelledVolume, listVolumes } from './nifti-slices.js';
import {
  type SourceAdapter,
  SourceError,
  type SourceFolder,
  type SourceListing,
  type SourceProblem,
} from './source.js';

const VOLUME_FILE = /^(?<stem>[^./][^/]*?)\.nii(?:\.gz)?$/;
const LUNG_WORDS = /lung|pulmon|bronch|airway|covid/i;
const EXAMPLE = '{ "channel_names": { "0": "CT" }, "labels": { "background": 0, "liver": 1 } }';

const label = z.union([z.string(), z.number().int(), z.array(z.number().int())]);

/** What is needed of dataset.json, as the Decathlon and nnU-Net write it. */
const description = z.object({
  name: z.string().min(1).optional(),
  modality: z.record(z.string(), z.string()).optional(),
  channel_names: z.record(z.string(), z.string()).optional(),
  /** Names by label in the Decathlon, labels by name (several for a region) in nnU-Net. */
  labels: z.record(z.string(), label),
  training: z.array(z.object({ image: z.string(), label: z.string() })).optional(),
});

type Description = z.infer<typeof description>;

/** A target and the labels that mark it. */
interface NamedLabels {
  target: string;
  labels: number[];
}

/**
 * NIfTI volumes of CT as the Medical Segmentation Decathlon and nnU-Net lay them out: `imagesTr/CASE.nii.gz` or
 * `imagesTr/CASE_0000.nii.gz`, `labelsTr/CASE.nii.gz` and `dataset.json`. Every fifth axial slice that shows a target is
 * a picture, through the lung window where the set is about lungs and the soft-tissue window elsewhere. The labels of a
 * left and a right organ are one target. A case is a group.
 */
export const ctVolumes: SourceAdapter = {
  kind: 'ct-volumes',
  title: 'CT volumes (Medical Segmentation Decathlon, nnU-Net)',
  modality: 'ct',
  targets: [],
  licence: 'as its owner says',
  origin: 'the folder itself',
  list: listCases,
};

async function listCases(folder: SourceFolder): Promise<SourceListing> {
  const { root } = findLayout(folder, ctVolumes.title, [['imagesTr', 'labelsTr']]);
  const about = await readDescription(folder, `${root}dataset.json`);
  const channel = ctChannel(about, `${folder.name}/${root}dataset.json`);
  const targets = namedLabels(about, `${folder.name}/${root}dataset.json`);
  const problems: SourceProblem[] = [];
  const images = filesOf(folder, `${root}imagesTr/`, problems);
  const labels = filesOf(folder, `${root}labelsTr/`, problems);
  const dataset = about.name ?? ctVolumes.kind;
  const window = windowOf(about, targets);
  const suffix = `_${String(channel).padStart(4, '0')}`;
  const volumes: LabelledVolume[] = [];
  const used = new Set<string>();
  for (const [id, file] of labels) {
    const stem = [id + suffix, id].find((name) => images.has(name));
    if (stem === undefined) {
      problems.push({ file, problem: `it has no picture: ${root}imagesTr/${id}${suffix}.nii.gz is missing` });
      continue;
    }
    used.add(stem);
    volumes.push({
      id,
      dataset,
      group: id,
      file: images.get(stem)!,
      window,
      targets: targets.map((target) => ({ ...target, file })),
      slices: { showing: targets.map(({ target }) => target) },
    });
  }
  for (const [stem, file] of images) {
    const id = stem.replace(/_\d{4}$/, '');
    if (used.has(stem) || labels.has(id)) continue;
    problems.push({ file, problem: `it has no labels: ${root}labelsTr/${id}.nii.gz is missing` });
  }
  problems.push(...missingFiles(folder, root, about));
  const listing = await listVolumes(folder, volumes);
  return { items: listing.items, problems: [...problems, ...listing.problems] };
}

/** Volumes directly in a folder by their name without its ending; others are problems. */
function filesOf(folder: SourceFolder, directory: string, problems: SourceProblem[]): Map<string, string> {
  const files = new Map<string, string>();
  for (const file of folder.files) {
    if (!file.startsWith(directory)) continue;
    const stem = VOLUME_FILE.exec(file.slice(directory.length))?.groups?.stem;
    if (stem === undefined) {
      problems.push({ file, problem: 'it is one too many: the layout has no such file here' });
    } else if (files.has(stem)) {
      problems.push({ file, problem: `it is one too many: ${files.get(stem)} has the same name` });
    } else files.set(stem, file);
  }
  return files;
}

/** What dataset.json of the Decathlon lists and the folder lacks. */
function missingFiles(folder: SourceFolder, root: string, { training = [] }: Description): SourceProblem[] {
  const there = new Set(folder.files);
  return training
    .flatMap(({ image, label }) => [image, label])
    .map((file) => root + file.replace(/^\.\//, ''))
    .filter((file) => !there.has(file))
    .map((file) => ({ file, problem: `it is missing, and ${root}dataset.json names it` }));
}

async function readDescription(folder: SourceFolder, path: string): Promise<Description> {
  const where = `${folder.name}/${path}`;
  if (!folder.files.includes(path)) {
    throw new SourceError(
      where,
      'there is no such file, which names the labels',
      `write one like ${EXAMPLE}`,
    );
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder().decode(await folder.readBytes(path)));
  } catch (cause) {
    throw new SourceError(where, 'it is not JSON', `write it like ${EXAMPLE}`, { cause });
  }
  const checked = description.safeParse(parsed);
  if (checked.success) return checked.data;
  const { path: field, message } = checked.error.issues[0]!;
  const problem = `${field.length > 0 ? `"${field.join('.')}": ` : ''}${message}`;
  throw new SourceError(where, problem, `write it like ${EXAMPLE}`, { cause: checked.error });
}

/** The number of the channel that is CT. */
function ctChannel({ channel_names, modality }: Description, where: string): number {
  const channels = Object.entries(channel_names ?? modality ?? {});
  const channel = channels.find(([, name]) => /^CT\b/i.test(name.trim()));
  if (channel) return Number(channel[0]);
  const named = channels.map(([, name]) => `"${name}"`).join(', ');
  throw new SourceError(
    where,
    `none of its channels is CT (${named || 'it names none'})`,
    'give CT volumes, or name the channel "CT"',
  );
}

/** The targets in the order of their least labels; labels of the same target are joined. */
function namedLabels({ labels }: Description, where: string): NamedLabels[] {
  const byTarget = new Map<string, Set<number>>();
  for (const [key, value] of Object.entries(labels)) {
    const [name, numbers] = /^\d+$/.test(key)
      ? [String(value), [Number(key)]]
      : [key, [value].flat().map(Number)];
    if (name === 'ignore') {
      throw new SourceError(where, 'its volumes are labelled only in part ("ignore")', 'give whole ones');
    }
    const marks = numbers.filter((number) => number !== 0);
    if (marks.length === 0) continue;
    const target = targetName(name);
    byTarget.set(target, new Set([...(byTarget.get(target) ?? []), ...marks]));
  }
  if (byTarget.size === 0)
    throw new SourceError(where, '"labels" names no target', `write it like ${EXAMPLE}`);
  return [...byTarget]
    .map(([target, numbers]) => ({ target, labels: [...numbers].sort((a, b) => a - b) }))
    .sort((a, b) => a.labels[0]! - b.labels[0]!);
}

/**
 * A target's name without the side, since left and right in questions are sides of the picture, and without what a
 * mask does not show: "kidney_left" is "kidney", "liver cancer" is "liver tumour".
 */
function targetName(label: string): string {
  const words = label.toLowerCase().replaceAll(/[_-]+/g, ' ').trim().split(/\s+/);
  const kept = words.filter((word) => !['left', 'right', 'l', 'r', 'benign', 'malignant'].includes(word));
  const name = (kept.length > 0 ? kept : words).join(' ');
  return name.replaceAll(/\b(?:tumor|cancer)(s?)\b/g, 'tumour$1');
}

function windowOf({ name = '' }: Description, targets: readonly NamedLabels[]): DisplayWindow {
  const ofLungs = LUNG_WORDS.test(name) || targets.every(({ target }) => LUNG_WORDS.test(target));
  return ofLungs ? LUNG_WINDOW : SOFT_TISSUE_WINDOW;
}
