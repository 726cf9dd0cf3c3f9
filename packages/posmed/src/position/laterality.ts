import type { Zone } from '@prs-med/imaging';
import type { Laterality, Side } from './places.js';

/**
 * Modalities whose pictures show the patient's left on their right: radiographs seen from the front, and axial slices
 * seen from the feet, as is the convention of radiology. Coronal slices follow it too; a sagittal slice has no left and
 * right of the patient at all, which a modality does not tell. In endoscopy, ultrasound and dermoscopy it depends on how
 * the instrument was held.
 */
const TURNED_MODALITIES: ReadonlySet<string> = new Set(['x-ray', 'ct', 'mri']);

/** Whose left and right sentences about a picture can speak of: the patient's only where its modality shows them. */
export function lateralityOf(modality: string, wanted: Laterality): Laterality {
  return wanted === 'patient' && TURNED_MODALITIES.has(modality) ? 'patient' : 'image';
}

/** The patient's side for a side of the picture, and the other way round. */
export function turnSide(side: Side): Side {
  return side === 'left' ? 'right' : 'left';
}

const TURNED_ZONES: Readonly<Record<Zone, Zone>> = {
  'top-left': 'top-right',
  'top-right': 'top-left',
  'bottom-left': 'bottom-right',
  'bottom-right': 'bottom-left',
  center: 'center',
};

/** The zone as the patient's sides have it for a zone of the picture, and the other way round. */
export function turnZone(zone: Zone): Zone {
  return TURNED_ZONES[zone];
}
