import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Stage } from '../stages.js';

/** One line of `log.jsonl`: a step's losses, or a validation's Dice. */
export type LogLine =
  | {
      readonly kind: 'step';
      readonly stage: Stage;
      readonly step: number;
      readonly sample: number;
      readonly loss: number;
      readonly losses: Readonly<Record<string, number>>;
      readonly gradientNorm: number;
      readonly learningRate: number;
      readonly samplesPerSecond: number;
    }
  | {
      readonly kind: 'validation';
      readonly stage: Stage;
      readonly step: number;
      readonly mean: number;
      readonly dice: Readonly<Record<string, number>>;
    };

const LOG = 'log.jsonl';

export const appendLog = (run: string, line: LogLine): Promise<void> =>
  appendFile(join(run, LOG), `${JSON.stringify(line)}\n`);

/** The log's lines; a line that a kill cut short is left out. */
export async function readLog(run: string): Promise<LogLine[]> {
  const text = await readFile(join(run, LOG), 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as LogLine];
    } catch {
      return [];
    }
  });
}

/** Takes out of the log what came after a checkpoint, so that a resumed run writes it once. */
export async function rewindLog(run: string, stage: Stage, step: number): Promise<void> {
  const kept = (await readLog(run)).filter(
    (line) => line.stage < stage || (line.stage === stage && line.step <= step),
  );
  await writeFile(join(run, LOG), kept.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

/** Draws `losses.svg`: every loss over the samples, smoothed, and the validation Dice. */
export async function plotLog(run: string): Promise<void> {
  const lines = await readLog(run);
  const losses = smoothed(lines);
  const dice = lines.flatMap((line) =>
    line.kind === 'validation'
      ? Object.entries({ mean: line.mean, ...line.dice }).map(([name, value]) => ({
          at: `${line.stage}:${line.step}`,
          name,
          value,
        }))
      : [],
  );
  const [vega, lite] = await Promise.all([import('vega'), import('vega-lite')]);
  const { spec } = lite.compile({
    background: 'white',
    resolve: { scale: { color: 'independent' } },
    vconcat: [
      {
        title: 'Training losses',
        width: 640,
        height: 260,
        data: { values: losses },
        mark: { type: 'line', strokeWidth: 1.2 },
        encoding: {
          x: { field: 'sample', type: 'quantitative', title: 'samples' },
          y: {
            field: 'value',
            type: 'quantitative',
            title: 'loss',
            scale: { type: 'symlog', constant: 0.1 },
          },
          color: { field: 'name', type: 'nominal', title: null },
        },
      },
      {
        title: 'Dice at 0.5 on the val split',
        width: 640,
        height: 200,
        data: { values: dice },
        mark: { type: 'line', point: true, strokeWidth: 1.2 },
        encoding: {
          x: { field: 'at', type: 'ordinal', sort: null, title: 'stage:step' },
          y: { field: 'value', type: 'quantitative', title: 'Dice', scale: { domain: [0, 1] } },
          color: { field: 'name', type: 'nominal', title: null },
        },
      },
    ],
  });
  const view = new vega.View(vega.parse(spec), { renderer: 'none' });
  await writeFile(join(run, 'losses.svg'), await view.toSVG());
  view.finalize();
}

const POINTS = 400;

/** Means over neighbouring steps, so that a long run's plot stays small. */
function smoothed(lines: readonly LogLine[]): { sample: number; name: string; value: number }[] {
  const steps = lines.filter((line) => line.kind === 'step');
  const width = Math.max(1, Math.ceil(steps.length / POINTS));
  const points: { sample: number; name: string; value: number }[] = [];
  for (let start = 0; start < steps.length; start += width) {
    const part = steps.slice(start, start + width);
    for (const name of Object.keys(part[0]!.losses)) {
      const values = part.map(({ losses }) => losses[name]).filter((value) => value !== undefined);
      const value = values.reduce((a, b) => a + b, 0) / values.length;
      points.push({ sample: part[0]!.sample, name, value });
    }
  }
  return points;
}
