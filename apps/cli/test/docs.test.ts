import { existsSync } from 'node:fs';
import { readdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { prsMed, workFolder } from './command.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = await workFolder({ bundle: false });
await symlink(join(root, 'examples'), join(folder, 'examples'));
await symlink(join(root, 'models'), join(folder, 'models'));

const files = [
  'README.md',
  ...(await readdir(join(root, 'docs'))).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`),
];

/** Lines of the `sh` blocks that call the command with files that the project has. */
async function commandsOf(file: string): Promise<string[]> {
  const text = await readFile(join(root, file), 'utf8');
  const blocks = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) => block!.split('\n'));
  return blocks
    .map((line) => line.replace(/^npm ci && /, ''))
    .filter((line) => line.startsWith('npx prs-med ') && !/\b(DATA|scan-\d)/.test(line));
}

/** Words of a line, double quotes kept together. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);

const commands = [...new Set((await Promise.all(files.map(commandsOf))).flat())];

describe('the commands in the docs', () => {
  it('are found', () => {
    expect(commands.length).toBeGreaterThan(4);
  });

  it.skipIf(!existsSync(join(root, 'models/small/config.json'))).each(commands)('%s', async (line) => {
    const result = await prsMed(wordsOf(line).slice(2), folder);
    expect(result.stderr).toBe('');
    expect(result.status).toBe(0);
  });

  it('are all in the command, and the links lead somewhere', async () => {
    const help = (await prsMed(['--help'], folder)).stdout;
    for (const name of [
      'segment',
      'zones',
      'dataset',
      'train',
      'eval',
      'score',
      'report',
      'bundle',
      'doctor',
    ])
      expect(help).toContain(name);
    for (const file of files) {
      const text = await readFile(join(root, file), 'utf8');
      for (const [, link] of text.matchAll(/\]\(((?!https?:)[^)#]+)\)/g)) {
        if (link!.includes('models/small')) continue;
        expect(existsSync(join(root, file, '..', link!)), `${file}: ${link}`).toBe(true);
      }
    }
  });
});
