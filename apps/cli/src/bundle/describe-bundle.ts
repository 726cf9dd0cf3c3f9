import { openBundle } from '@prs-med/model';
import { bundleFolder } from '@prs-med/model/node';

/** `prs-med bundle describe`. @throws BundleError when there is no bundle */
export async function describeBundle(directory: string, json: boolean): Promise<void> {
  const { config, sha256 } = await openBundle(await bundleFolder(directory));
  if (json) {
    process.stdout.write(`${JSON.stringify({ ...config, sha256 }, null, 2)}\n`);
    return;
  }
  const bytes = Object.values(config.files).reduce((sum, file) => sum + file.bytes, 0);
  const lines = [
    `${config.name} ${config.version}, preset ${config.preset.name}${config.trained ? '' : ', untrained'}`,
    `sha256 ${sha256}`,
    `files (${megabytes(bytes)}):`,
    ...Object.entries(config.files).map(([name, file]) => `  ${name}  ${megabytes(file.bytes)}`),
    'made by:',
    ...Object.entries(config.provenance).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}`),
    'licences:',
    ...config.licences.map(({ part, licence, source }) => `  ${part}: ${licence}, from ${source}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e6 ? 3 : 1)} MB`;
