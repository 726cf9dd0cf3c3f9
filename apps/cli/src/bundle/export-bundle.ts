import { openBundle } from '@prs-med/model';
import { bundleFolder, saveExport } from '@prs-med/model/node';
import type { BundleExportOptions } from '../commands/bundle.js';
import { interruptible } from '../process-state.js';

/** `prs-med bundle export`. @throws BundleError or WeightFileError for a bundle or folder that cannot be used */
export async function exportBundle(directory: string, { format, out }: BundleExportOptions): Promise<void> {
  const files = await interruptible(async (signal) =>
    saveExport(out, await openBundle(await bundleFolder(directory)), format, signal),
  );
  process.stdout.write(`${out}: ${directory} as ${format} (${files.join(', ')})\n`);
}
