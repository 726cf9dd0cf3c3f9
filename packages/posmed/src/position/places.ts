import type { Zone } from '@prs-med/imaging';

/** A side of the picture. */
export type Side = 'left' | 'right';

/** The upper or the lower half of the picture. */
export type Half = 'upper' | 'lower';

/** A part of the picture that a question can name. */
export type Place =
  | { kind: 'zone'; zone: Zone }
  | { kind: 'half'; half: Half }
  | { kind: 'side'; side: Side };

/**
 * Whose left and right sentences speak of: the picture's as it is seen, or the patient's, which are the other way
 * round in radiographs and axial slices. Zones in files are always the picture's.
 */
export type Laterality = 'image' | 'patient';
