import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { defaultModel } from './places.js';
import { measureValidation } from './validation.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    model: { type: 'string', default: defaultModel },
    json: { type: 'string' },
  },
});
if (values.data === undefined) {
  process.stderr.write('npm run validate -- --data DIR [--model DIR] [--json FILE]\n');
  process.exit(2);
}
const tallies = await measureValidation(values.model, values.data);
const lines = [
  '| question | target | asked | Dice at 0.5 | answer agrees with the mask | mask empty |',
  '|---|---|---|---|---|---|',
];
for (const [kind, groups] of Object.entries(tallies)) {
  const all = { count: 0, dice: 0, agreeing: 0, empty: 0 };
  for (const tally of Object.values(groups)) {
    for (const name of ['count', 'dice', 'agreeing', 'empty'] as const) all[name] += tally[name];
  }
  for (const [target, { count, dice, agreeing, empty }] of [
    ...Object.entries(groups),
    ['all', all] as const,
  ]) {
    const percent = (part: number) => `${((100 * part) / count).toFixed(1)} %`;
    lines.push(
      `| ${kind} | ${target} | ${count} | ${(dice / count).toFixed(3)} | ${percent(agreeing)} | ${percent(empty)} |`,
    );
  }
}
process.stdout.write(`${lines.join('\n')}\n`);
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(tallies, null, 2)}\n`);
