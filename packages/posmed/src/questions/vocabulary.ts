/** A name of a target, for one and for several. */
export interface Noun {
  one: string;
  many: string;
}

/** How people speak of a target. */
export interface TargetWords {
  /** The part of the body that shows it, which tells what cannot be seen beside it. */
  anatomy: string;
  /** Names that say what it is. */
  exact: readonly Noun[];
  /** Names that need the picture to be understood: "the lesion". */
  loose: readonly Noun[];
  /** Whether it is something that should not be there, so that "anything suspicious" asks for it. */
  finding: boolean;
  /** Whether the whole is spoken of in the plural, as lungs are. */
  paired: boolean;
}

const TARGETS: ReadonlyMap<string, TargetWords> = new Map(
  Object.entries({
    polyp: target(
      'bowel',
      ['polyp', 'colon polyp', 'polypoid lesion'],
      ['lesion', 'growth', 'polypoid growth'],
    ),
    'skin lesion': target(
      'skin',
      ['skin lesion', 'pigmented lesion', 'skin spot'],
      ['lesion', 'spot', 'mole'],
    ),
    'breast tumour': target(
      'breast',
      ['breast tumour', 'breast tumor', 'breast mass', 'breast lesion'],
      ['tumour', 'tumor', 'mass', 'lesion', 'lump'],
    ),
    'brain tumour': target(
      'brain',
      ['brain tumour', 'brain tumor', 'brain mass', 'brain lesion'],
      ['tumour', 'tumor', 'mass', 'lesion', 'growth'],
    ),
    'lung infection': target(
      'chest',
      ['lung infection', 'lung infection', 'infected lung area', 'pulmonary infection'],
      ['infection', 'infection', 'infected area', 'infected region', 'lesion'],
    ),
    lung: {
      anatomy: 'chest',
      exact: ['lung', 'lung', 'lung', 'lung field', 'lung area'].map(noun),
      loose: [],
      finding: false,
      paired: true,
    },
  }),
);

/**
 * Targets that a picture of a part of the body cannot show, some of which no set here marks. A target that
 * might be seen by the way (a lung at the edge of a breast scan) is left out.
 */
const IMPOSSIBLE: Readonly<Record<string, readonly string[]>> = {
  bowel: ['lung', 'lung infection', 'brain tumour', 'breast tumour', 'skin lesion', 'kidney', 'optic disc'],
  skin: ['polyp', 'lung', 'lung infection', 'brain tumour', 'kidney', 'optic disc', 'breast tumour'],
  breast: ['polyp', 'brain tumour', 'optic disc', 'kidney'],
  brain: ['lung', 'lung infection', 'breast tumour', 'skin lesion', 'kidney', 'polyp'],
  chest: ['polyp', 'brain tumour', 'optic disc', 'skin lesion'],
};

const IMAGE_WORDS: Readonly<Record<string, readonly string[]>> = {
  endoscopy: ['endoscopy image', 'endoscopic image', 'colonoscopy image', 'frame', 'endoscopy frame'],
  dermoscopy: ['dermoscopy image', 'dermoscopic image', 'skin image', 'photo'],
  ultrasound: ['ultrasound', 'ultrasound image', 'ultrasound scan', 'scan', 'sonogram'],
  mri: ['MRI', 'MRI scan', 'MR image', 'MRI slice', 'scan'],
  ct: ['CT', 'CT scan', 'CT slice', 'CT image', 'scan', 'slice'],
  'x-ray': ['X-ray', 'X-ray image', 'radiograph', 'film', 'scan'],
};

/** The words for a target; a target that is not known goes by its own name. */
export function targetWords(name: string): TargetWords {
  return TARGETS.get(name) ?? target('unknown', [name], []);
}

/** Targets that cannot be in a picture that has these; none where one of them is not known. */
export function impossibleTargets(present: readonly string[]): string[] {
  const lists = present.map((name) => IMPOSSIBLE[TARGETS.get(name)?.anatomy ?? ''] ?? []);
  const [first, ...rest] = lists;
  return (first ?? []).filter((name) => !present.includes(name) && rest.every((list) => list.includes(name)));
}

/** Names for a picture: general ones, and those of its modality. */
export function imageWords(modality: string): readonly string[] {
  return ['image', 'image', 'picture', ...(IMAGE_WORDS[modality] ?? [])];
}

/** "a polyp", "an infection". */
export function withArticle(name: string): string {
  return /^[aeiou]/i.test(name) ? `an ${name}` : `a ${name}`;
}

function target(anatomy: string, exact: string[], loose: string[]): TargetWords {
  return { anatomy, exact: exact.map(noun), loose: loose.map(noun), finding: true, paired: false };
}

function noun(one: string): Noun {
  const many = /(?:s|x|ch|sh)$/.test(one) ? `${one}es` : `${one}s`;
  return { one, many };
}
