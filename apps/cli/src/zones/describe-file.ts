import { describeError, statusOf } from '../command-error.js';
import { readMasks } from './read-masks.js';
import { type PlaceOptions, type ZoneEntry, zoneEntry } from './zone-entry.js';

/** What is found in a file, or the line that tells why nothing is, and the exit status that this stands for. */
export type FileResult =
  | { readonly entries: readonly ZoneEntry[] }
  | { readonly failure: string; readonly status: number };

export interface DescribeOptions extends PlaceOptions {
  /** Whether a failure shows its stack. */
  readonly debug: boolean;
}

/** Describes all masks of a file. It throws nothing. */
export async function describeFile(path: string, options: DescribeOptions): Promise<FileResult> {
  try {
    return { entries: (await readMasks(path)).map((mask) => zoneEntry(path, mask, options)) };
  } catch (error) {
    return failureOf(error, options.debug);
  }
}

/** What is said of a file or folder that cannot be used. */
export function failureOf(error: unknown, debug: boolean): FileResult {
  return { failure: describeError(error, 'zones', debug), status: statusOf(error) };
}
