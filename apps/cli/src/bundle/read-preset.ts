import { readFile } from 'node:fs/promises';
import { type Preset, presetSchema, presets } from '@prs-med/model';
import { CommandError } from '../command-error.js';

/**
 * A preset by its name or by a JSON file.
 * @throws CommandError for a name that there is not, or a file that is no preset
 */
export async function readPreset(nameOrFile: string): Promise<Preset> {
  const known = Object.hasOwn(presets, nameOrFile) ? presets[nameOrFile] : undefined;
  if (known !== undefined) return known;
  let value: unknown;
  try {
    value = JSON.parse(await readFile(nameOrFile, 'utf8'));
  } catch (error) {
    const problem =
      error instanceof SyntaxError
        ? 'this is not JSON'
        : 'it is neither a preset nor a file that can be read';
    const remedy = `name one of ${Object.keys(presets).join(', ')}, or a JSON file`;
    throw new CommandError(nameOrFile, problem, remedy, 2, { cause: error });
  }
  const parsed = presetSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new CommandError(nameOrFile, `this is no preset (${problems.join(', ')})`, 'correct these fields');
}
