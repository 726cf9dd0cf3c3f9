import { availableParallelism, totalmem } from 'node:os';
import { nodeRuntime } from '@prs-med/autograd/node';
import type { Picture } from '@prs-med/imaging';
import { checkAllFiles, openBundle } from '@prs-med/model';
import { bundleFolder } from '@prs-med/model/node';
import { env, listSupportedBackends } from 'onnxruntime-node';
import { describeError, FAILED } from '../command-error.js';
import type { DoctorOptions } from '../commands/doctor.js';
import { defaultModel } from '../default-model.js';
import { outcome } from '../process-state.js';
import { openModel } from '../segment/open-model.js';
import { packageVersion } from '../version.js';
import { matrixSpeed } from './matrix-speed.js';

/** The JSON document of `prs-med doctor`. */
export interface Diagnosis {
  /** Whether `prs-med segment` works here. */
  readonly ok: boolean;
  readonly prsMed: string;
  readonly node: string;
  readonly platform: string;
  readonly threads: number;
  readonly onnxruntime: { readonly version: string; readonly providers: string[] };
  readonly matrixGflops: number;
  readonly model: {
    readonly path: string;
    readonly found: boolean;
    readonly name?: string;
    readonly version?: string;
    readonly trained?: boolean;
    readonly sha256?: string;
    /** Whether every file's SHA-256 is right. */
    readonly checked: boolean;
  };
  /** Milliseconds of a trial of the whole path, or null where it failed. */
  readonly trial: { readonly load: number; readonly segment: number } | null;
  readonly memory: {
    readonly residentMegabytes: number;
    readonly peakMegabytes: number;
    readonly machineMegabytes: number;
  };
  /** What is wrong and how to mend it, a line each. */
  readonly problems: string[];
}

const LEAST_NODE = 20;

/** `prs-med doctor`: looks at what `prs-med segment` needs and tries it. Exit status 1 where it would not work. */
export async function examine(options: DoctorOptions): Promise<void> {
  const problems: string[] = [];
  if (Number(process.versions.node.split('.')[0]) < LEAST_NODE) {
    problems.push(`node: version ${process.versions.node} is too old; install Node ${LEAST_NODE} or later`);
  }
  const matrixGflops = await matrixSpeed(nodeRuntime());
  const path = options.model ?? defaultModel();
  const model = await examineModel(path, problems);
  const trial = model.checked ? await tryModel(path, problems) : null;
  const diagnosis: Diagnosis = {
    ok: problems.length === 0,
    prsMed: packageVersion(),
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    threads: availableParallelism(),
    onnxruntime: {
      version: env.versions.node ?? env.versions.common,
      providers: listSupportedBackends().map(({ name }) => name),
    },
    matrixGflops,
    model,
    trial,
    memory: {
      residentMegabytes: Math.round(process.memoryUsage().rss / 1e6),
      peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1e3),
      machineMegabytes: Math.round(totalmem() / 1e6),
    },
    problems,
  };
  process.stdout.write(options.json ? `${JSON.stringify(diagnosis, null, 2)}\n` : `${asText(diagnosis)}\n`);
  if (!diagnosis.ok) outcome.status = FAILED;
}

async function examineModel(path: string, problems: string[]): Promise<Diagnosis['model']> {
  try {
    const bundle = await openBundle(await bundleFolder(path));
    const { name, version, trained } = bundle.config;
    const found = { path, found: true, name, version, trained, sha256: bundle.sha256 };
    try {
      await checkAllFiles(bundle);
      return { ...found, checked: true };
    } catch (error) {
      problems.push(problemOf(error));
      return { ...found, checked: false };
    }
  } catch (error) {
    problems.push(problemOf(error));
    return { path, found: false, checked: false };
  }
}

async function tryModel(path: string, problems: string[]): Promise<Diagnosis['trial']> {
  try {
    const start = performance.now();
    const model = await openModel({ model: path });
    const loaded = performance.now();
    await model.segment(greyPicture(), 'Where is the lesion?', { maxTokens: 8 });
    const done = performance.now();
    await model.close();
    return { load: Math.round(loaded - start), segment: Math.round(done - loaded) };
  } catch (error) {
    problems.push(problemOf(error));
    return null;
  }
}

const greyPicture = (): Picture => ({ width: 64, height: 64, data: new Uint8Array(64 * 64 * 3).fill(127) });

const problemOf = (error: unknown): string => describeError(error, 'doctor', false).replace(/^prs-med: /, '');

function asText(diagnosis: Diagnosis): string {
  const { model, onnxruntime, trial, memory } = diagnosis;
  const state = model.checked ? 'checked' : model.found ? 'DAMAGED' : 'NOT FOUND';
  const named = model.found
    ? ` ${model.name} ${model.version}${model.trained ? '' : ', untrained'}, sha256 ${model.sha256?.slice(0, 12)}…`
    : '';
  return [
    `prs-med      ${diagnosis.prsMed}, Node ${diagnosis.node}, ${diagnosis.platform}`,
    `onnxruntime  ${onnxruntime.version}, providers ${onnxruntime.providers.join(', ')}`,
    `threads      ${diagnosis.threads}`,
    `speed        ${diagnosis.matrixGflops} GFLOP/s (matrix product)`,
    `model        ${model.path}: ${state}${named}`,
    trial === null
      ? 'trial        not done'
      : `trial        loaded in ${trial.load} ms, answered in ${trial.segment} ms`,
    `memory       ${memory.residentMegabytes} MB, at most ${memory.peakMegabytes} MB, of ${memory.machineMegabytes} MB`,
    diagnosis.ok ? 'prs-med segment works here.' : 'prs-med segment does not work here:',
    ...diagnosis.problems.map((problem) => `  ${problem}`),
  ].join('\n');
}
