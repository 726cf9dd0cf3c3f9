import { targetWords } from '@prs-med/posmed';

/** A name as people use it, and the words that go with it. */
export interface TargetName {
  /** "polyp", "lungs", "pneumonia". */
  readonly bare: string;
  /** "a polyp", "lungs", "pneumonia". */
  readonly some: string;
  readonly plural: boolean;
}

/** What people call a target. */
export interface TargetNames {
  /** These mean it wherever they are said. */
  readonly own: readonly TargetName[];
  /** These mean it only before a picture that shows it: "the lump". */
  readonly general: readonly TargetName[];
}

const one = (...names: string[]): TargetName[] =>
  names.map((bare) => ({ bare, some: `${/^[aeio]/i.test(bare) ? 'an' : 'a'} ${bare}`, plural: false }));
const many = (...names: string[]): TargetName[] => names.map((bare) => ({ bare, some: bare, plural: true }));
const mass = (...names: string[]): TargetName[] => names.map((bare) => ({ bare, some: bare, plural: false }));

/** Names that the question bank does not use; diagnoses too, as people ask by them. Answers never have them. */
const MORE: ReadonlyMap<string, TargetNames> = new Map(
  Object.entries({
    polyp: {
      own: [...one('bowel polyp', 'colorectal polyp', 'intestinal polyp', 'adenoma'), ...many('polyps')],
      general: one('bump', 'bulge', 'mass', 'protrusion', 'abnormality'),
    },
    'skin lesion': {
      own: [...one('mole', 'nevus', 'birthmark', 'melanoma', 'pigmented lesion'), ...mass('skin cancer')],
      general: one('mark', 'patch', 'blemish', 'dark area', 'abnormality'),
    },
    'breast tumour': {
      own: [
        ...one('breast lump', 'breast nodule', 'breast cyst', 'fibroadenoma'),
        ...mass('breast cancer', 'breast carcinoma'),
      ],
      general: [...one('nodule', 'dark mass', 'abnormality'), ...mass('cancer')],
    },
    'brain tumour': {
      own: [
        ...one(
          'intracranial mass',
          'cerebral tumour',
          'glioma',
          'meningioma',
          'pituitary tumour',
          'glioblastoma',
        ),
        ...mass('brain cancer'),
      ],
      general: one('neoplasm', 'abnormality'),
    },
    'lung infection': {
      own: [
        ...mass('pneumonia', 'COVID', 'infected lung tissue', 'lung inflammation', 'consolidation'),
        ...mass('ground-glass opacity'),
        ...many('lung infiltrates'),
      ],
      general: [
        ...one('opacity', 'abnormality', 'white patch'),
        ...many('opacities', 'affected parts', 'white patches'),
        ...mass('inflammation'),
      ],
    },
    lung: { own: [...many('both lungs'), ...mass('lung tissue', 'pulmonary tissue')], general: [] },
    kidney: { own: mass('renal tissue'), general: [] },
    heart: { own: mass('heart muscle'), general: [] },
    'optic disc': { own: one('optic disk'), general: [] },
  }),
);

/**
 * The names of a target in a picture of a modality: those of the question bank, where a target that it does not know goes
 * by its own name, and more.
 */
export function targetNames(target: string, modality: string): TargetNames {
  const { exact, loose, paired, unique } = targetWords(target, modality);
  const more = MORE.get(exact[0]!.one);
  const nameOf = paired ? many : unique ? mass : one;
  const names = (nouns: typeof exact) => nameOf(...nouns.map((noun) => (paired ? noun.many : noun.one)));
  return {
    own: [...names(exact), ...(more?.own ?? [])],
    general: [...names(loose), ...(more?.general ?? [])],
  };
}
