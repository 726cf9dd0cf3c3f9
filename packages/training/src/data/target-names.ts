/** A name as people use it, and the words that go with it. */
export interface TargetName {
  /** "polyp", "lungs", "pneumonia". */
  readonly bare: string;
  /** "a polyp", "lungs", "pneumonia". */
  readonly some: string;
  /** "the polyp", "the lungs", "the pneumonia". */
  readonly the: string;
  readonly plural: boolean;
}

/** What people call a target when they do not use the bank's words. */
export interface TargetNames {
  /** These mean it wherever they are said. */
  readonly own: readonly TargetName[];
  /** These mean it only before a picture that shows it: "the lump". */
  readonly general: readonly TargetName[];
}

const one = (...names: string[]): TargetName[] =>
  names.map((bare) => ({
    bare,
    some: `${/^[aeiou]/i.test(bare) ? 'an' : 'a'} ${bare}`,
    the: `the ${bare}`,
    plural: false,
  }));
const many = (...names: string[]): TargetName[] =>
  names.map((bare) => ({ bare, some: bare, the: `the ${bare}`, plural: true }));
const mass = (...names: string[]): TargetName[] =>
  names.map((bare) => ({ bare, some: bare, the: `the ${bare}`, plural: false }));

/** Diagnoses are here too, as people ask by them; answers never use them. */
const NAMES: Readonly<Record<string, TargetNames>> = {
  polyp: {
    own: [
      ...one('polyp', 'colon polyp', 'bowel polyp', 'colorectal polyp', 'adenoma', 'intestinal polyp'),
      ...many('polyps'),
    ],
    general: one('lesion', 'growth', 'bump', 'bulge', 'mass', 'protrusion', 'abnormality'),
  },
  'skin lesion': {
    own: [
      ...one('skin lesion', 'mole', 'nevus', 'birthmark', 'melanoma', 'skin spot', 'pigmented lesion'),
      ...mass('skin cancer'),
    ],
    general: one('lesion', 'spot', 'mark', 'patch', 'blemish', 'dark area', 'abnormality'),
  },
  'breast tumour': {
    own: [
      ...one('breast tumour', 'breast tumor', 'breast lump', 'breast mass', 'breast nodule', 'breast cyst'),
      ...one('fibroadenoma'),
      ...mass('breast cancer', 'breast carcinoma'),
    ],
    general: [
      ...one('tumour', 'tumor', 'mass', 'nodule', 'lump', 'lesion', 'dark mass', 'abnormality'),
      ...mass('cancer'),
    ],
  },
  'brain tumour': {
    own: [
      ...one('brain tumour', 'brain tumor', 'brain mass', 'intracranial mass', 'cerebral tumour'),
      ...one('glioma', 'meningioma', 'pituitary tumour', 'glioblastoma'),
      ...mass('brain cancer'),
    ],
    general: one('tumour', 'tumor', 'mass', 'lesion', 'growth', 'neoplasm', 'abnormality'),
  },
  'lung infection': {
    own: [
      ...mass('pneumonia', 'lung infection', 'COVID', 'infected lung tissue', 'lung inflammation'),
      ...mass('consolidation', 'ground-glass opacity'),
      ...many('lung infiltrates'),
    ],
    general: [
      ...one('infection', 'opacity', 'infiltrate', 'abnormality', 'white patch'),
      ...many('infected areas', 'opacities', 'affected parts', 'white patches'),
      ...mass('inflammation'),
    ],
  },
  lung: {
    own: [...many('lungs', 'lung fields', 'both lungs'), ...mass('lung', 'lung tissue', 'pulmonary tissue')],
    general: [],
  },
  kidney: { own: [...one('kidney'), ...many('kidneys'), ...mass('renal tissue')], general: [] },
  heart: { own: mass('heart', 'heart muscle'), general: [] },
  'optic disc': { own: one('optic disc', 'optic disk', 'optic nerve head'), general: [] },
};

/** The names of a target; null for one that is not known here. */
export const targetNames = (target: string): TargetNames | null => NAMES[target] ?? null;
