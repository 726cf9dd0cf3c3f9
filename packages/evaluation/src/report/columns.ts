import { MODALITIES } from '@prs-med/posmed';

/** A modality, or one of its targets where it has several. */
export interface Column {
  readonly modality: string;
  readonly target: string;
}

const NAMES: Readonly<Record<string, string>> = { ct: 'CT', mri: 'MRI', 'x-ray': 'X-ray' };

/** As a reader knows it: "CT", "ultrasound". */
export const modalityName = (modality: string): string => NAMES[modality] ?? modality;

/** The modalities in the usual order, those that it does not know last. */
export function sortModalities(names: Iterable<string>): string[] {
  return [...new Set(names)].sort((a, b) => rank(a) - rank(b) || compare(a, b));
}

/** Modality and target, each once, in the usual order of modalities and by the name of the target. */
export function sortColumns(columns: Iterable<Column>): Column[] {
  const unique = new Map<string, Column>();
  for (const { modality, target } of columns) {
    unique.set(JSON.stringify([modality, target]), { modality, target });
  }
  return [...unique.values()].sort(
    (a, b) =>
      rank(a.modality) - rank(b.modality) || compare(a.modality, b.modality) || compare(a.target, b.target),
  );
}

export const isColumn = (a: Column, b: Column): boolean => a.modality === b.modality && a.target === b.target;

function rank(modality: string): number {
  const place = (MODALITIES as readonly string[]).indexOf(modality);
  return place < 0 ? MODALITIES.length : place;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
