import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

const PREFIX = 'in-use-by-';
const HOST = hostname().replace(/[^\w.-]/g, '_');

/** What a folder is kept for: the class of its errors, and what else two at once can do. */
export interface FolderUse {
  readonly Failure: new (where: string, problem: string, remedy: string, options?: ErrorOptions) => Error;
  readonly instead: string;
}

/** Marks that this process has set. */
const held = new Set<string>();

/**
 * Makes a folder if need be and keeps it for this process. Each process sets a mark of its own and then looks for others. So no two can both go on, though two that come at the
 * same moment may both be refused. Marks of processes that were killed are taken away.
 * @returns gives the folder free
 * @throws the use's failure when another process has the folder, or it cannot be written
 */
export async function lockFolder(folder: string, use: FolderUse): Promise<() => Promise<void>> {
  const mark = `${PREFIX}${process.pid}-${randomBytes(4).toString('hex')}@${HOST}`;
  const path = join(folder, mark);
  const release = async (): Promise<void> => {
    held.delete(path);
    await rm(path, { force: true });
  };
  try {
    await mkdir(folder, { recursive: true });
    held.add(path);
    await writeFile(path, '', { flag: 'wx' });
    for (const name of await readdir(folder)) {
      if (!name.startsWith(PREFIX) || name === mark) continue;
      const other = join(folder, name);
      if (isInUse(other, name)) throw inUse(folder, name, other, use);
      await rm(other, { force: true });
    }
  } catch (error) {
    await release().catch(() => undefined); // what went wrong first is told
    if (error instanceof use.Failure) throw error;
    throw new use.Failure(
      folder,
      `it cannot be written (${(error as NodeJS.ErrnoException).code ?? String(error)})`,
      'check the folder and the disk',
      { cause: error },
    );
  }
  return release;
}

/** Whether the process that set a mark may still be at work: always where it ran on another machine. */
function isInUse(path: string, name: string): boolean {
  const [, pid, host] = /^in-use-by-(\d+)-[0-9a-f]+@(.*)$/.exec(name) ?? [];
  if (pid === undefined || host !== HOST) return true;
  // In a container that was started again a process may have the number of the one that was killed.
  if (Number(pid) === process.pid) return held.has(path);
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function inUse(folder: string, name: string, path: string, { Failure, instead }: FolderUse): Error {
  const [pid = '', host = ''] = name.slice(PREFIX.length).split(/-[0-9a-f]+@/);
  return new Failure(
    folder,
    `process ${pid} on ${host} has it open`,
    `wait until it ends, ${instead}, or delete ${path} if that is no prs-med`,
  );
}
