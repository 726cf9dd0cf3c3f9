import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PredictionPair, pairByStem, scorePair } from '@prs-med/evaluation/node';
import type { ProbabilityMap } from '@prs-med/imaging';
import { writeMask, writeProbabilities } from '@prs-med/imaging/node';
import { summarize, time } from '../measure.js';
import type { Part } from '../row.js';
import { runCommand } from '../run-command.js';

const SIDE = 352;
const PAIRS = 300;
/** On one thread. */
const FEW = 40;
const SCORING = { releasedNormalisation: false, isBinary: false };

/** Scores of probability maps from PNG files: on one thread, by the processor's time, and with the command. */
export const score: Part = async ({ repetitions }) => {
  const times = Math.min(repetitions, 3);
  const folder = await mkdtemp(join(tmpdir(), 'prs-med-bench-'));
  const [pred, gt] = [join(folder, 'pred'), join(folder, 'gt')];
  try {
    for (const path of [pred, gt]) await mkdir(path);
    for (let index = 0; index < PAIRS; index++) {
      const name = `${index}.png`;
      await writeProbabilities(join(pred, name), softDisc(index, 1.5));
      const { width, height, data } = softDisc(index, 0);
      const mask = { width, height, data: Uint8Array.from(data, (value) => (value >= 0.5 ? 1 : 0)) };
      await writeMask(join(gt, name), mask);
    }
    const { pairs } = await pairByStem(pred, gt);
    const processor: number[] = [];
    for (let run = 0; run <= times; run++) {
      const milliseconds = await processorTime(pairs.slice(0, FEW));
      // The first one warms up.
      if (run > 0) processor.push(milliseconds / FEW);
    }
    const args = ['score', 'segmentation', '--pred', pred, '--gt', gt, '--json'];
    const whole = await time(times, () => runCommand(...args));
    return [
      {
        part: 'score',
        what: `a pair of ${SIDE} x ${SIDE} from PNG files, time of one core`,
        unit: 'ms',
        ...summarize(processor),
        target: '33 ms',
      },
      {
        part: 'score',
        what: `${PAIRS} pairs, prs-med score segmentation, start and all`,
        unit: 's',
        ...summarize(whole.map((value) => value / 1000)),
        target: '5 s',
      },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

async function processorTime(pairs: readonly PredictionPair[]): Promise<number> {
  const before = process.cpuUsage();
  for (const pair of pairs) await scorePair(pair, SCORING);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** A disc whose edge is soft and its middle off by some pixels, with noise all over the picture. */
function softDisc(index: number, off: number): ProbabilityMap {
  const data = new Float32Array(SIDE * SIDE);
  const [x, y] = [90 + ((index * 37) % 172) + 4 * off, 90 + ((index * 53) % 172) - 3 * off];
  const radius = 20 + ((index * 7) % 60);
  for (let at = 0; at < data.length; at++) {
    const distance = Math.hypot((at % SIDE) - x, Math.floor(at / SIDE) - y);
    const noise = off * 0.02 * Math.sin(at * 1.7);
    data[at] = 1 / (1 + Math.exp((distance - radius) / (1 + 4 * off))) + noise;
  }
  return { width: SIDE, height: SIDE, data };
}
