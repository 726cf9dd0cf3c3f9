import { PictureError } from '../picture-error.js';
import { numbers } from './header.js';
import { damagedDicom, parseDicom } from './parse.js';

/** Structures that were outlined on the slices of a series. */
export interface StructureSet {
  /** The unique identifier of the series that they were drawn on; null where the file does not tell. */
  series: string | null;
  structures: Structure[];
}

/** An organ or finding with its outlines. */
export interface Structure {
  /** As the file has it: "Lung_L". */
  name: string;
  /** Closed planar contours: x, y, z of one point after another, in millimetres of the patient. */
  contours: Float64Array[];
}

/**
 * Reads an RTSTRUCT file. Contours that are no closed outlines (points, open lines) are left out.
 * Source: DICOM PS3.3, C.8.8.5 (Structure Set Module) and C.8.8.6 (ROI Contour Module).
 * @param name what errors call the file
 * @throws PictureError when it is no RTSTRUCT file, damaged or cut short
 */
export async function readStructureSet(bytes: Uint8Array, name: string): Promise<StructureSet> {
  const { data } = await parseDicom(bytes, name);
  if (data.string('x00080060') !== 'RTSTRUCT') {
    throw new PictureError(name, 'this is not a DICOM file of structures (RTSTRUCT)', 'give one');
  }
  const structures = new Map<string, Structure>();
  for (const { dataSet: region } of data.elements.x30060020?.items ?? []) {
    const number = region?.string('x30060022');
    if (number === undefined) throw damagedDicom(name);
    structures.set(number, { name: region?.string('x30060026') ?? '', contours: [] });
  }
  for (const { dataSet: region } of data.elements.x30060039?.items ?? []) {
    const structure = structures.get(region?.string('x30060084') ?? '');
    if (!structure) throw damagedDicom(name);
    for (const { dataSet: contour } of region?.elements.x30060040?.items ?? []) {
      const kind = contour?.string('x30060042');
      if (kind !== 'CLOSED_PLANAR' && kind !== 'CLOSEDPLANAR_XOR') continue;
      const points = numbers(contour?.string('x30060050'));
      if (points.length === 0 || points.length % 3 !== 0 || !points.every(Number.isFinite)) {
        throw damagedDicom(name);
      }
      structure.contours.push(Float64Array.from(points));
    }
  }
  const frame = data.elements.x30060010?.items?.[0]?.dataSet;
  const study = frame?.elements.x30060012?.items?.[0]?.dataSet;
  const series = study?.elements.x30060014?.items?.[0]?.dataSet?.string('x0020000e');
  return { series: series ?? null, structures: [...structures.values()] };
}
