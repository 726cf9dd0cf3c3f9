import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OptimizerState } from '@prs-med/autograd';
import type { Parameter, Parameters } from '@prs-med/model';
import { readSafetensors, safetensorsChunks, tensorEntry, toFloat32 } from '@prs-med/nn';
import { openFile, saveChunks } from '@prs-med/nn/node';
import type { Stage } from '../stages.js';

/** Where a run stands: plain data, saved as JSON. */
export interface RunState {
  readonly stage: Stage;
  /** Steps done in this stage, and how many there will be. */
  readonly step: number;
  readonly steps: number;
  /** Samples seen in the whole run: the number of the next one. */
  readonly nextSample: number;
  readonly updates: number;
  readonly gathered: number;
  /** Best mean Dice on the val split so far. */
  readonly best: number | undefined;
  /** Seconds of training in this run, those before a resume included. */
  readonly seconds: number;
}

export interface Checkpoint {
  readonly state: RunState;
  readonly optimizer: OptimizerState;
  /** Every parameter that training changes in either stage, by name. */
  readonly parameters: ReadonlyMap<
    string,
    { readonly shape: readonly number[]; readonly data: Float32Array }
  >;
}

const STATE = 'state.json';
const OPTIMIZER = 'optimizer.safetensors';
// The name that `prs-med bundle build --checkpoint` looks for.
export const PARAMETERS = 'trained.safetensors';

/** Writes a checkpoint folder beside and renames it into place, so that a kill leaves the old one or the new one. */
export async function saveCheckpoint(folder: string, checkpoint: Checkpoint): Promise<void> {
  const unfinished = `${folder}.part`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  const arrays = Object.entries(checkpoint.optimizer.arrays);
  const flat = arrays.map(([name, data]) => tensorEntry(name, [data.length], 'float32', data));
  const named = [...checkpoint.parameters].map(([name, { shape, data }]) =>
    tensorEntry(name, shape, 'float32', data),
  );
  await saveChunks(join(unfinished, OPTIMIZER), safetensorsChunks(flat));
  await saveChunks(join(unfinished, PARAMETERS), safetensorsChunks(named));
  await writeFile(join(unfinished, STATE), `${JSON.stringify(checkpoint.state, null, 2)}\n`);
  const old = `${folder}.old`;
  await rm(old, { recursive: true, force: true });
  await rename(folder, old).catch(() => undefined);
  await rename(unfinished, folder);
  await rm(old, { recursive: true, force: true });
}

/** Reads a checkpoint, or the one before it when a kill came between two renames. Undefined when there is none. */
export async function loadCheckpoint(folder: string): Promise<Checkpoint | undefined> {
  for (const candidate of [folder, `${folder}.old`]) {
    const text = await readFile(join(candidate, STATE), 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const state: RunState = JSON.parse(text);
    const flat = await readTensors(join(candidate, OPTIMIZER));
    const arrays = Object.fromEntries([...flat].map(([name, { data }]) => [name, data]));
    const optimizer = { arrays, updates: state.updates, gathered: state.gathered };
    return { state, optimizer, parameters: await readTensors(join(candidate, PARAMETERS)) };
  }
  return undefined;
}

/** All tensors of a safetensors file as float32. Throws WeightFileError. */
export async function readTensors(path: string): Promise<Parameters> {
  const source = await openFile(path);
  try {
    const file = await readSafetensors(source);
    const result = new Map<string, Parameter>();
    for (const [name, entry] of file.entries)
      result.set(name, { shape: entry.shape, data: await toFloat32(entry) });
    return result;
  } finally {
    await source.close();
  }
}
