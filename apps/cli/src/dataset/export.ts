import { EXPORTED_STATUSES } from '@prs-med/posmed';
import { exportFile, exportHuggingFace, openPosMed } from '@prs-med/posmed/node';
import type { ExportCommandOptions } from '../commands/dataset-export.js';
import { printable } from '../printable.js';
import { interruptible } from '../process-state.js';
import { startProgress } from '../segment/progress.js';

/** `prs-med dataset export`. */
export async function exportDataset(folder: string, options: ExportCommandOptions): Promise<void> {
  const { format, out } = options;
  const statuses = new Set(options.status ?? EXPORTED_STATUSES);
  const progress = await startProgress((await openPosMed(folder)).counts.images);
  const { images, pairs } = await interruptible(async (signal) => {
    const how = { statuses, signal, onImage: () => progress.advance() };
    try {
      return format === 'huggingface'
        ? await exportHuggingFace(folder, out, how)
        : await exportFile(folder, format, out, how);
    } finally {
      progress.stop();
    }
  });
  const count = (number: number, what: string) =>
    `${number.toLocaleString('en-US')} ${what}${number === 1 ? '' : 's'}`;
  process.stdout.write(`${printable(out)}: ${count(pairs, 'pair')} of ${count(images, 'image')}\n`);
}
