import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { inOwnProcess } from './in-own-process.js';
import { parts } from './parts/index.js';
import { defaultModel } from './places.js';
import type { Row } from './row.js';
import { formatTable } from './table.js';

const USAGE = `npm run bench -- [part ...] [--json FILE] [--repetitions N] [--model DIR]
parts: ${Object.keys(parts).join(', ')}; all when none is named`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'string' },
    repetitions: { type: 'string', default: '10' },
    model: { type: 'string', default: defaultModel },
    help: { type: 'boolean', default: false },
  },
});
const unknown = positionals.filter((name) => parts[name] === undefined);
const repetitions = Number(values.repetitions);
if (values.help || unknown.length > 0 || !Number.isInteger(repetitions) || repetitions < 1) {
  process.stderr.write(`${USAGE}\n`);
  process.exit(values.help ? 0 : 2);
}

const options = { repetitions, model: values.model };
const chosen = Object.keys(parts).filter(
  (name) => name !== 'machine' && (positionals.length === 0 || positionals.includes(name)),
);
const measured: Row[] = [];
// The machine's own speed comes first and last: other work on it may come and go.
for (const name of ['machine', ...chosen, 'machine']) {
  process.stderr.write(`${name} ...\n`);
  const { rows, notes } = await inOwnProcess(name, options);
  measured.push(...rows);
  for (const note of notes) process.stderr.write(`${note}\n`);
}
const speed = Math.max(...measured.map((row) => (row.part === 'machine' ? row.gigaflops! : 0)));
const rows = measured.map(
  (row): Row => (row.gigaflops === undefined ? row : { ...row, share: row.gigaflops / speed }),
);

process.stdout.write(`${formatTable(rows)}\n`);
if (values.json !== undefined) {
  const about = {
    processor: cpus()[0]?.model,
    cores: cpus().length,
    node: process.version,
    date: new Date().toISOString(),
  };
  await writeFile(values.json, `${JSON.stringify({ ...about, rows }, null, 2)}\n`);
}
