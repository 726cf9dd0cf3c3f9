import { type ChildProcess, execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect } from 'vitest';

/** The command as a user starts it. */
export const BIN = fileURLToPath(new URL('../bin/prs-med.js', import.meta.url));

export interface CommandResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs `prs-med` with these arguments in a folder.
 * @param environment what is other than in this process; undefined for what is not set
 * @param onStart is given the process
 */
export function prsMed(
  args: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string | undefined>> = {},
  onStart?: (child: ChildProcess) => void,
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [BIN, ...args],
      { cwd, maxBuffer: 1 << 24, env: { ...process.env, ...environment } },
      (_, stdout, stderr) => resolve({ status: child.exitCode, stdout, stderr }),
    );
    onStart?.(child);
  });
}

/** Expects a failure told in one line, `prs-med: WHERE: WHAT IS WRONG; HOW TO MEND IT`, and nothing on standard output. */
export function expectFailure(result: CommandResult, status: number, ...parts: string[]): void {
  expect(result.stderr).toMatch(/^prs-med: [^\n]+: [^\n]+; [^\n]+\n$/);
  for (const part of parts) expect(result.stderr).toContain(part);
  expect(result.stdout).toBe('');
  expect(result.status).toBe(status);
}

/** A folder that is removed after the tests of this file, with a bundle of preset `tiny` in `tiny` where asked for. */
export async function workFolder(options: { readonly bundle?: boolean } = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'prs-med-cli-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  if (options.bundle ?? true) {
    const built = await prsMed(['bundle', 'build', '--preset', 'tiny', '--out', 'tiny'], folder);
    expect(built).toMatchObject({ status: 0, stderr: '' });
  }
  return folder;
}

/** A picture among the fixtures of the imaging package. */
export const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../../packages/imaging/test/fixtures/${name}`, import.meta.url));
