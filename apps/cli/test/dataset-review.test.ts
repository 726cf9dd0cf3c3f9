import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { writeMask, writePicture } from '@prs-med/imaging/node';
import { openPosMed, openReview, readPairs } from '@prs-med/posmed/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { BIN, expectFailure, prsMed, workFolder } from './command.js';

const folder = await workFolder({ bundle: false });

const review = (...args: string[]) => prsMed(['dataset', 'review', ...args], folder);

/** A folder of the kind folder-pair, with a square in a corner of each mask. */
async function makeSource(name: string, modality: string, target: string): Promise<void> {
  for (const part of ['images', 'masks']) await mkdir(join(folder, name, part), { recursive: true });
  await writeFile(join(folder, name, 'source.json'), JSON.stringify({ modality, target, name }));
  for (let i = 0; i < 4; i++) {
    const mask = new Uint8Array(30 * 30);
    for (let y = 2; y < 10; y++) mask.fill(1, 30 * y + 2, 30 * y + 9);
    await writePicture(join(folder, name, `images/${i}.png`), {
      width: 30,
      height: 30,
      data: Uint8Array.from({ length: 2700 }, (_, at) => (at * (i + 3 * name.length)) % 251),
    });
    await writeMask(join(folder, name, `masks/${i}.png`), { width: 30, height: 30, data: mask });
  }
}

beforeAll(async () => {
  await makeSource('gut', 'endoscopy', 'polyp');
  await makeSource('moles', 'dermoscopy', 'skin lesion');
  const sources = ['--source', 'folder-pair=gut', '--source', 'folder-pair=moles'];
  const built = await prsMed(['dataset', 'build', ...sources, '--out', 'posmed'], folder);
  expect(built).toMatchObject({ status: 0, stderr: '' });
});

/** Cells of a votes file whose texts hold no quotes or line ends: enough for what this test makes. */
const rowsOf = (text: string): string[][] =>
  text
    .replace('\ufeff', '')
    .trimEnd()
    .split('\r\n')
    .map((line) =>
      [...line.matchAll(/("([^"]*)"|[^,]*)(?:,|$)/g)].map(([, plain, quoted]) => quoted ?? plain!),
    )
    .map((cells) => cells.slice(0, 12));

/** As a German Excel saves it: semicolons, CRLF, a byte order mark. */
const excel = (rows: readonly (readonly string[])[]): string =>
  `\ufeff${rows.map((cells) => cells.map((cell) => (/[;"]/.test(cell) ? `"${cell}"` : cell)).join(';')).join('\r\n')}\r\n`;

/** Runs an import that is killed when its last statement has run and the transaction is about to be committed. */
async function killedImport(file: string): Promise<NodeJS.Signals | null> {
  const killer = `
    import { PGlite } from ${JSON.stringify(import.meta.resolve('@electric-sql/pglite'))};
    const run = PGlite.prototype.execProtocolRaw;
    let votes = false;
    PGlite.prototype.execProtocolRaw = function (message, ...rest) {
      const text = Buffer.from(message).toString('latin1');
      votes ||= text.includes('insert into "posmed_review"."vote_history"');
      if (votes && text.includes('COMMIT')) process.kill(process.pid, 'SIGKILL');
      return run.call(this, message, ...rest);
    };`;
  await writeFile(join(folder, 'killer.mjs'), killer);
  const args = [
    '--import',
    pathToFileURL(join(folder, 'killer.mjs')).href,
    BIN,
    'dataset',
    'review',
    'import',
  ];
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [...args, 'posmed', file], { cwd: folder }, () =>
      resolve(child.signalCode),
    );
  });
}

describe('prs-med dataset review', () => {
  it('refuses what is no review, no panel and no data set', async () => {
    expectFailure(await review('status', 'posmed'), 2, 'posmed: it has no review; begin one with');
    expectFailure(
      await review('create', 'gut', '--reviewers', 'A', '--batch-size', '4'),
      2,
      'no finished PosMed',
    );
    expectFailure(
      await review('create', 'posmed', '--reviewers', 'Anna,Ben', '--batch-size', '4'),
      2,
      'panel: 2 reviewers can tie; name an odd number',
    );
  });

  // The steps of a review, each on what the one before it left.
  let header: string[] | undefined;
  let filled: string[][] = [];

  it('draws a batch and writes a votes file, never over another', async () => {
    const args = ['--reviewers', 'Anna,Ben,Cleo', '--batch-size', '10', '--seed', '1', '--repeats', '0.2'];
    expect(await review('create', 'posmed', ...args)).toEqual({
      status: 0,
      stderr: '',
      stdout: 'Batch 1: 10 pairs (dermoscopy 5, endoscopy 5) and 2 repeats for each of Anna, Ben, Cleo.\n',
    });
    const exported = await review('export', 'posmed', '--out', 'votes.csv');
    expect(exported).toEqual({ status: 0, stderr: '', stdout: 'votes.csv\n' });
    expectFailure(
      await review('export', 'posmed', '--out', 'votes.csv'),
      2,
      'votes.csv: it is there and may hold votes',
    );
    const [titles, ...rows] = rowsOf(await readFile(join(folder, 'votes.csv'), 'utf8'));
    header = titles;
    expect(rows).toHaveLength(3 * 12);
    for (const cells of rows) {
      expect(cells[4]).toMatch(/^\.\.\/(gut|moles)\/images\/\d\.png$/);
      expect(cells.slice(8)).toEqual(['', '', '', '']);
    }

    // Anna and Ben affirm all; Cleo denies the relevance of all, which two of three outvote.
    filled = rows.map((cells) => [
      ...cells.slice(0, 8),
      ...(cells[2] === 'Cleo' ? ['WAHR', 'FALSCH', 'x', '=too vague; really'] : ['x', '1', 'Yes', '']),
    ]);
  });

  it('refuses a file with an error, naming row and column', async () => {
    const wrong = filled.map((cells, at) =>
      at === 34 ? [...cells.slice(0, 9), 'perhaps', ...cells.slice(10)] : cells,
    );
    await writeFile(join(folder, 'wrong.csv'), excel([header!, ...wrong]));
    expectFailure(
      await review('import', 'posmed', 'wrong.csv'),
      2,
      'wrong.csv, row 36, column "positional_relevance": "perhaps" is neither yes nor no; write yes or no',
    );
    expectFailure(
      await review('import', 'posmed', 'nowhere.csv'),
      2,
      'nowhere.csv: it cannot be read (ENOENT)',
    );
  });

  it('keeps nothing of an import that was killed before its end, and takes a file over once', async () => {
    await writeFile(join(folder, 'filled.csv'), excel([header!, ...filled]));
    expect(await killedImport('filled.csv')).toBe('SIGKILL');
    expect(await review('import', 'posmed', 'filled.csv', 'filled.csv')).toEqual({
      status: 0,
      stderr: '',
      stdout: 'filled.csv: 36 votes, 36 new and 0 changed\nfilled.csv: was imported before, nothing to do\n',
    });
  });

  it('tells progress, decisions and agreement', async () => {
    const { stdout, stderr } = await review('status', 'posmed', '--json');
    expect(stderr).toBe('');
    const { agreement, ...rest } = JSON.parse(stdout);
    expect(rest).toEqual({
      folder: 'posmed',
      batches: [
        {
          batch: 1,
          seed: 1,
          pairs: 10,
          decisions: { accepted: 10, rejected: 0, 'no-votes': 0, 'missing-votes': 0, tie: 0 },
          reviewers: ['Anna', 'Ben', 'Cleo'].map((reviewer) => ({ reviewer, items: 12, voted: 12 })),
        },
      ],
    });
    // Of three pairs of votes one agrees; by chance 5 of 9 would.
    expect(agreement.overall.positionalRelevance).toMatchObject({ items: 10 });
    expect(agreement.overall.positionalRelevance.kappa).toBeCloseTo((1 / 3 - 5 / 9) / (1 - 5 / 9), 12);
    expect(agreement.self).toHaveLength(3);
  });

  it('writes a reviewer the votes that are cast, and no formula', async () => {
    await review('export', 'posmed', '--out', 'cleo.csv', '--reviewer', 'Cleo', '--batch', '1');
    const cleo = rowsOf(await readFile(join(folder, 'cleo.csv'), 'utf8')).slice(1);
    expect(cleo).toHaveLength(12);
    for (const cells of cleo) expect(cells.slice(8)).toEqual(['yes', 'no', 'yes', "'=too vague; really"]);
  });

  it('writes what is decided into qa.parquet', async () => {
    expect(await review('apply', 'posmed')).toEqual({
      status: 0,
      stderr: '',
      stdout: '10 accepted, 0 rejected, 0 undecided; 10 rows changed.\n',
    });
    const found = new Map<string, number>();
    for await (const { status } of readPairs(join(folder, 'posmed'))) {
      found.set(status, (found.get(status) ?? 0) + 1);
    }
    const { counts } = await openPosMed(join(folder, 'posmed'));
    expect(Object.fromEntries(found)).toEqual({ accepted: 10, checked: counts.pairs - 10 });
  });

  it('is for one process at a time in a folder', async () => {
    const own = await openReview({ folder: join(folder, 'posmed') });
    try {
      expectFailure(
        await review('status', 'posmed'),
        1,
        `posmed/review: process ${process.pid} on `,
        ' has it open; wait until it ends, use a PostgreSQL server',
      );
    } finally {
      await own.close();
    }
    // Left by a process that was killed when it made the database.
    await mkdir(join(folder, 'posmed/review/database-being-made-0a0b0c0d'));
    const { stdout } = await review('status', 'posmed');
    expect(stdout).toContain('Batch 1: 10 pairs, 10 accepted, 0 rejected, 0 undecided');
    expect(stdout).toContain("all experts, Fleiss' kappa: kappa -0.500, 33.3 % agree, 10 items");
    expect(await readdir(join(folder, 'posmed/review'))).toEqual(['database']);
  });

  it('tells when a server cannot be reached, without the password', async () => {
    const url = 'postgres://me:secret@127.0.0.1:1/name';
    const result = await review('status', 'posmed', '--database', url);
    expectFailure(result, 1, 'postgres://127.0.0.1:1/name: it cannot be reached');
    expect(result.stderr).not.toContain('secret');
    expectFailure(
      await review('status', 'posmed', '--database', 'mysql://x'),
      2,
      'no connection string of PostgreSQL',
    );
  });
});
