import { join } from 'node:path';
import { PictureError } from '@prs-med/imaging';
import { readPicture } from '@prs-med/imaging/node';
import { type AuditReport, auditDataset, judged } from '../audit/audit.js';
import { type Finding, Found } from '../audit/finding.js';
import type { DatasetImage } from '../dataset/dataset-image.js';
import { greyThumbnail } from '../dataset/perceptual-hash.js';
import type { DatasetRecord, ImageRow, PairRow, TargetRow } from '../dataset/schema.js';
import { createFileCheck } from './audit-files.js';
import { openPosMed } from './dataset-files.js';
import { readDatasetImages } from './dataset-images.js';
import { readTemplateBank } from './template-bank.js';

/** A target of an image to show, with pairs that ask for it. */
export interface AuditSample {
  image: ImageRow;
  target: TargetRow;
  pairs: readonly PairRow[];
}

/** An audit of a PosMed folder. */
export interface FolderAudit {
  record: DatasetRecord;
  report: AuditReport;
  /** A few images of each modality and target: those with the smallest SHA-256, which are any and stay the same. */
  samples: readonly AuditSample[];
}

/** How an audit runs. */
export interface FolderAuditOptions {
  /** Called after each image. */
  onImage?(): void;
  signal?: AbortSignal;
}

/** Samples of each modality and target. */
const SAMPLES = 3;
const PAIRS_A_SAMPLE = 3;

/**
 * Audits a PosMed folder: its rows by {@link auditDataset}, its files, and the counts in dataset.json.
 * @throws DatasetError when the folder cannot be read
 */
export async function auditFolder(folder: string, options: FolderAuditOptions = {}): Promise<FolderAudit> {
  const record = await openPosMed(folder);
  const files = createFileCheck(folder);
  const samples = new Map<string, AuditSample[]>();
  const counted = { images: 0, targets: 0, pairs: 0 };
  async function* watched(): AsyncGenerator<DatasetImage> {
    for await (const image of readDatasetImages(folder)) {
      options.signal?.throwIfAborted();
      await files.add(image);
      addSamples(samples, image);
      counted.images++;
      counted.targets += image.targets.length;
      counted.pairs += image.pairs.length;
      options.onImage?.();
      yield image;
    }
  }
  const report = await auditDataset(watched(), {
    zoneRule: record.zoneRule,
    testTemplates: await testTemplates(),
    thumbnailOf: (image) => readThumbnail(join(folder, image.file)),
  });
  const findings = [...report.findings, ...(await files.findings()), ...miscounted(record, counted)];
  return {
    record,
    report: { ...report, ...judged(findings) },
    samples: [...samples].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, kept]) => kept),
  };
}

async function testTemplates(): Promise<ReadonlySet<string>> {
  const { questions } = await readTemplateBank();
  const templates = Object.values(questions).flat();
  return new Set(templates.filter(({ use }) => use === 'test').map(({ id }) => id));
}

async function readThumbnail(path: string): Promise<Uint8Array | null> {
  try {
    return greyThumbnail((await readPicture(path)).picture);
  } catch (error) {
    if (error instanceof PictureError) return null;
    throw error;
  }
}

function addSamples(samples: Map<string, AuditSample[]>, { image, targets, pairs }: DatasetImage): void {
  for (const target of targets) {
    if (target.area === 0) continue;
    const key = `${image.modality}\n${target.target}`;
    const kept = samples.get(key) ?? [];
    const last = kept.at(-1);
    if (last && kept.length === SAMPLES && last.image.sha256 <= image.sha256) continue;
    const own = pairs.filter((row) => row.target === target.target && row.status !== 'rejected');
    kept.push({ image, target, pairs: own.slice(0, PAIRS_A_SAMPLE) });
    kept.sort((a, b) => (a.image.sha256 < b.image.sha256 ? -1 : 1));
    samples.set(key, kept.slice(0, SAMPLES));
  }
}

function miscounted(
  record: DatasetRecord,
  counted: { images: number; targets: number; pairs: number },
): Finding[] {
  const found = new Found();
  for (const name of ['images', 'targets', 'pairs'] as const) {
    if (record.counts[name] !== counted[name]) {
      found.add(
        `${name}: dataset.json counts ${record.counts[name]} and the table has ${counted[name]} rows`,
      );
    }
  }
  return found.findings(
    'counts',
    'damage',
    'dataset.json counts other rows than the tables have; build again',
  );
}
