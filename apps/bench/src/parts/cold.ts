import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { summarize } from '../measure.js';
import { command, examplePicture } from '../places.js';
import type { Part } from '../row.js';

/** Preloaded into the command: tells its most memory, in KiB, on a descriptor of its own when it ends. */
const TELL_MEMORY = `import { writeSync } from 'node:fs';
process.on('exit', () => writeSync(3, String(process.resourceUsage().maxRSS)));`;

/** The command as a user types it, from its start to its end. */
export const cold: Part = async ({ repetitions, model }, note) => {
  if (!existsSync(join(model, 'config.json'))) {
    note(`cold: left out, ${model} holds no bundle`);
    return [];
  }
  const runs = [];
  for (let run = 0; run < Math.min(repetitions, 5); run++) runs.push(await runCommand(model));
  return [
    {
      part: 'cold',
      what: 'prs-med segment, from start to files written',
      unit: 's',
      ...summarize(runs.map(({ seconds }) => seconds)),
      target: '3 s',
    },
    {
      part: 'cold',
      what: 'most memory of the process',
      unit: 'MB',
      value: Math.max(...runs.map(({ megabytes }) => megabytes)),
      target: '900 MB',
    },
  ];
};

async function runCommand(model: string): Promise<{ readonly seconds: number; readonly megabytes: number }> {
  const out = await mkdtemp(join(tmpdir(), 'prs-med-bench-'));
  try {
    const start = performance.now();
    const child = spawn(
      process.execPath,
      [
        `--import=data:text/javascript,${encodeURIComponent(TELL_MEMORY)}`,
        ...[command, 'segment', examplePicture, '--question', 'Where is the skin lesion?'],
        ...['--model', model, '--out', out],
      ],
      { stdio: ['ignore', 'ignore', 'pipe', 'pipe'] },
    );
    let errors = '';
    let told = '';
    child.stderr!.on('data', (chunk) => {
      errors += chunk;
    });
    child.stdio[3]!.on('data', (chunk) => {
      told += chunk;
    });
    const status = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    const seconds = (performance.now() - start) / 1000;
    if (status !== 0) throw new Error(`cold: the command ended with status ${status}: ${errors}`);
    return { seconds, megabytes: Number(told) / 1024 };
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}
