import { FETCH_AGAIN, quoted, WeightFileError } from './errors.js';

/** Where a tensor's bytes lie, from `begin` up to but not including `end`. */
export interface NamedRange {
  readonly name: string;
  readonly begin: number;
  readonly end: number;
}

/**
 * Throws WeightFileError where two ranges share bytes; with `contiguous`, also where bytes from 0 to `size`
 * belong to none. Empty ranges overlap nothing.
 */
export function checkDisjoint(
  file: string,
  ranges: readonly NamedRange[],
  size: number,
  contiguous: boolean,
): void {
  const sorted = [...ranges].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let reached = 0;
  let previous = '';
  for (const { name, begin, end } of sorted) {
    if (begin < reached && end > begin) {
      const problem = `tensors ${quoted(previous)} and ${quoted(name)} overlap`;
      throw new WeightFileError(file, problem, FETCH_AGAIN);
    }
    if (contiguous && begin !== reached) {
      throw new WeightFileError(file, `bytes ${reached} to ${begin} belong to no tensor`, FETCH_AGAIN);
    }
    if (end > reached) {
      reached = end;
      previous = name;
    }
  }
  if (contiguous && reached !== size) {
    throw new WeightFileError(file, `bytes ${reached} to ${size} belong to no tensor`, FETCH_AGAIN);
  }
}
