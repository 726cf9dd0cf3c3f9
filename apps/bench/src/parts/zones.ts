import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mask } from '@prs-med/imaging';
import { writeMask } from '@prs-med/imaging/node';
import { describeTarget } from '@prs-med/posmed';
import { summarize, time } from '../measure.js';
import type { Part, Row } from '../row.js';
import { runCommand } from '../run-command.js';

const SIDE = 384;
const MASKS = 2000;
/** Of another shape each; they come round again. */
const SHAPES = 64;

/** Position extraction: from masks in memory, on one thread, and from PNG files with the command. */
export const zones: Part = async ({ repetitions }) => {
  const times = Math.min(repetitions, 5);
  const shapes = Array.from({ length: SHAPES }, (_, index) => madeMask(index));
  const described = await time(times, async () => {
    for (let index = 0; index < MASKS; index++) describeTarget('a', 'polyp', shapes[index % SHAPES]!);
  });
  const folder = await mkdtemp(join(tmpdir(), 'prs-med-bench-'));
  try {
    for (let index = 0; index < MASKS; index++) {
      await writeMask(join(folder, `${index}.png`), shapes[index % SHAPES]!);
    }
    const whole = await time(times, () => runCommand('zones', folder, '--json'));
    const start = await time(times, () => runCommand('zones', join(folder, '0.png'), '--json'));
    return [
      row(`${MASKS} masks of ${SIDE} x ${SIDE} in memory, one thread`, described, '1 s'),
      row(`${MASKS} masks as PNG files, prs-med zones, start and all`, whole, '1 s'),
      row('  of which the command with one mask', start),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

function row(what: string, milliseconds: readonly number[], target?: string): Row {
  const seconds = summarize(milliseconds.map((value) => value / 1000));
  return { part: 'zones', what, unit: 's', ...seconds, ...(target === undefined ? {} : { target }) };
}

/** One to three wavy discs of a few per cent of the picture. */
function madeMask(index: number): Mask {
  const data = new Uint8Array(SIDE * SIDE);
  for (let disc = 0; disc <= index % 3; disc++) {
    const [x, y] = [60 + ((index * 37 + disc * 91) % 264), 60 + ((index * 53 + disc * 67) % 264)];
    const [across, down] = [12 + ((index * 7) % 48), 12 + ((index * 11) % 48)];
    for (let at = 0; at < data.length; at++) {
      const u = ((at % SIDE) - x) / across;
      const v = (Math.floor(at / SIDE) - y) / down;
      if (u * u + v * v < 1 + 0.2 * Math.sin(8 * Math.atan2(v, u))) data[at] = 1;
    }
  }
  return { width: SIDE, height: SIDE, data };
}
