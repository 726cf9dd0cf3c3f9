import { statfs } from 'node:fs/promises';
import { freemem } from 'node:os';
import { dirname, resolve } from 'node:path';
import { BundleError } from '../bundle/bundle-error.js';
import { statOf } from './whole-folder.js';

/** Bytes on a disk and in memory. */
export interface Room {
  readonly disk: number;
  readonly memory: number;
}

/** What is free: on the disk that a folder is on or will be on, and in memory for this process. */
export async function freeRoom(path: string): Promise<Room> {
  let folder = resolve(path);
  while ((await statOf(folder)) === undefined) folder = dirname(folder);
  const { bavail, bsize } = await statfs(folder);
  // Node below 20.13 does not know what a container leaves of the machine's memory.
  return { disk: bavail * bsize, memory: process.availableMemory?.() ?? freemem() };
}

/** Throws BundleError when less is free than is needed, with both in GB. */
export function checkRoom(path: string, needed: Room, free: Room): void {
  if (needed.disk > free.disk) {
    throw new BundleError(
      path,
      `${gigabytes(needed.disk)} are to be written and ${gigabytes(free.disk)} are free on its disk`,
      'free some room, or choose another disk with --out',
    );
  }
  if (needed.memory > free.memory) {
    throw new BundleError(
      path,
      `its largest layer takes ${gigabytes(needed.memory)} of memory and ${gigabytes(free.memory)} are free`,
      'end other programs, or build it on a machine with more memory and copy the folder',
    );
  }
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(bytes < 1e8 ? 4 : 1)} GB`;
