import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Provenance, provenanceSchema } from '@prs-med/model';
import { CommandError } from '../command-error.js';

/** Where a training run says what it was asked, seen from one of its checkpoints; and what the checkpoint says of itself. */
const RUN_FILE = join('..', '..', 'run.json');
const STATE_FILE = 'state.json';

/** What a checkpoint and the run around it tell of themselves, as far as they do; paths of this machine left out. */
export async function readRunRecord(checkpoint: string): Promise<Provenance> {
  const run = await readRecord(join(checkpoint, RUN_FILE), false);
  const state = await readRecord(join(checkpoint, STATE_FILE), false);
  const { model: _, ...asked } = run ?? {};
  return {
    ...(run === undefined ? {} : { run: asked }),
    ...(state === undefined ? {} : { checkpoint: state }),
  };
}

/** A JSON file of more to record. @throws CommandError when it is missing or no JSON object */
export async function readProvenance(path: string): Promise<Provenance> {
  return (await readRecord(path, true))!;
}

async function readRecord(path: string, isNeeded: boolean): Promise<Provenance | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (!isNeeded) return undefined;
    throw new CommandError(path, 'it cannot be read', 'name a JSON file', 2, { cause: error });
  }
  try {
    return provenanceSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new CommandError(path, 'this is no JSON object', 'correct the file', 2, { cause: error });
  }
}
