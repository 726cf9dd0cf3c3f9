/** A name of a target, for one and for several. */
export interface Noun {
  one: string;
  many: string;
}

/** How people speak of a target. */
export interface TargetWords {
  /** The part of the body that shows it, which tells what cannot be seen beside it. */
  anatomy: string;
  /** Names that say what it is and no more; answers use these. */
  exact: readonly Noun[];
  /** Names that need the picture to be understood or say more than a mask shows: "the lesion", "the mole". */
  loose: readonly Noun[];
  /** Names under which several can be counted. */
  counted: readonly Noun[];
  /** Whether it is something that should not be there, so that "anything suspicious" asks for it. */
  finding: boolean;
  /** What it is called before it is known: "suspicious mass". None unless it is a finding. */
  suspicions: readonly string[];
  /** Whether the whole is spoken of in the plural, as lungs are, and has a left and a right one. */
  paired: boolean;
  /** Whether a body has just one of it: always "the heart", never "a heart" or "hearts". */
  unique: boolean;
}

const TUMOUR_SUSPICIONS = ['abnormal mass', 'suspicious mass', 'abnormal or suspicious mass', 'mass'];

const TARGETS: ReadonlyMap<string, TargetWords> = new Map(
  Object.entries({
    polyp: finding('bowel', {
      exact: ['polyp', 'polyp', 'polyp', 'colon polyp', 'polypoid lesion'],
      loose: ['lesion', 'growth', 'polypoid growth'],
      suspicions: ['abnormal growth', 'suspicious growth', 'suspicious mass', 'abnormal or suspicious mass'],
    }),
    'skin lesion': finding('skin', {
      exact: ['skin lesion', 'skin lesion', 'skin lesion', 'cutaneous lesion'],
      loose: ['lesion', 'spot', 'mole', 'skin spot', 'pigmented lesion'],
      suspicions: ['abnormal spot', 'suspicious lesion', 'suspicious area', 'abnormal or suspicious lesion'],
    }),
    'breast tumour': finding('breast', {
      exact: ['breast tumour', 'breast tumour', 'breast tumor', 'breast mass', 'breast lesion'],
      loose: ['tumour', 'tumor', 'mass', 'lesion', 'lump'],
      suspicions: [...TUMOUR_SUSPICIONS, 'suspicious lump'],
    }),
    'brain tumour': finding('brain', {
      exact: ['brain tumour', 'brain tumour', 'brain tumor', 'brain mass', 'brain lesion'],
      loose: ['tumour', 'tumor', 'mass', 'lesion', 'growth'],
      suspicions: TUMOUR_SUSPICIONS,
    }),
    'lung infection': finding('chest', {
      exact: [
        'lung infection|infected lung areas',
        'lung infection|areas of lung infection',
        'infected lung area',
        'pulmonary infection|areas of pulmonary infection',
      ],
      loose: ['infection|infected areas', 'infected area', 'infected region', 'infiltrate', 'lesion'],
      counted: ['infected lung area', 'infected area of the lung|infected areas of the lung'],
      suspicions: ['abnormal area', 'suspicious area', 'suspicious opacity', 'abnormal or suspicious area'],
    }),
    lung: organ('chest', ['lung'], 'paired'),
    clavicle: organ('chest', ['clavicle', 'clavicle', 'collarbone'], 'paired'),
    kidney: organ('abdomen', ['kidney'], 'paired'),
    heart: organ('chest', ['heart'], 'unique'),
    'spinal cord': organ('chest', ['spinal cord'], 'unique'),
    oesophagus: organ('chest', ['oesophagus', 'esophagus'], 'unique'),
    'optic disc': organ('eye', ['optic disc', 'optic disc', 'optic nerve head'], 'unique'),
  }),
);

/** Names that only pictures of a modality give to a target, beside its other ones. */
const NAMES_OF_MODALITY: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'x-ray': { lung: ['lung field'], heart: ['cardiac silhouette', 'heart shadow'] },
};

/** Other spellings of targets that are known. */
const SPELLINGS: ReadonlyMap<string, string> = new Map([
  ['breast tumor', 'breast tumour'],
  ['brain tumor', 'brain tumour'],
  ['esophagus', 'oesophagus'],
  ['lungs', 'lung'],
  ['clavicles', 'clavicle'],
]);

/**
 * Targets that a picture of a part of the body cannot show, some of which no set here marks. A target that
 * might be seen by the way (a lung at the edge of a breast scan) is left out.
 */
const IMPOSSIBLE: Readonly<Record<string, readonly string[]>> = {
  bowel: ['lung', 'lung infection', 'brain tumour', 'breast tumour', 'skin lesion', 'kidney', 'optic disc'],
  skin: ['polyp', 'lung', 'lung infection', 'brain tumour', 'kidney', 'optic disc', 'heart'],
  breast: ['polyp', 'brain tumour', 'optic disc', 'kidney'],
  brain: ['lung', 'lung infection', 'breast tumour', 'skin lesion', 'kidney', 'polyp', 'heart'],
  chest: ['polyp', 'brain tumour', 'optic disc', 'skin lesion'],
};

const IMAGE_WORDS: Readonly<Record<string, readonly string[]>> = {
  endoscopy: ['endoscopy image', 'endoscopic image', 'colonoscopy image', 'frame', 'endoscopy frame'],
  dermoscopy: ['dermoscopy image', 'dermoscopic image', 'skin image', 'photo'],
  ultrasound: ['ultrasound image', 'ultrasound scan', 'scan', 'sonogram'],
  mri: ['MRI scan', 'MR image', 'MRI slice', 'scan', 'slice'],
  ct: ['CT scan', 'CT slice', 'CT image', 'scan', 'slice'],
  'x-ray': ['X-ray', 'X-ray image', 'radiograph', 'film'],
};

/**
 * The words for a target; a target that is not known goes by its own name, as a finding of no known place.
 * @param modality of the picture, which may have names of its own for it
 */
export function targetWords(name: string, modality = ''): TargetWords {
  const key = `${modality}/${name}`;
  let words = made.get(key);
  if (!words) {
    const own = SPELLINGS.get(name.toLowerCase()) ?? name.toLowerCase();
    words = TARGETS.get(own) ?? finding('unknown', { exact: [name], loose: [], suspicions: [] });
    const more = NAMES_OF_MODALITY[modality]?.[own]?.map(noun);
    if (more) words = { ...words, exact: [...words.exact, ...words.exact, ...more] };
    made.set(key, words);
  }
  return words;
}

/** Made once a name and modality, as the words of every question are looked up here. */
const made = new Map<string, TargetWords>();

/** Targets that cannot be in a picture that has these; none where one of them is not known. */
export function impossibleTargets(present: readonly string[]): string[] {
  const lists = present.map((name) => IMPOSSIBLE[targetWords(name).anatomy] ?? []);
  const [first, ...rest] = lists;
  return (first ?? []).filter((name) => !present.includes(name) && rest.every((list) => list.includes(name)));
}

/** Names for a picture: general ones, and those of its modality. */
export function imageWords(modality: string): readonly string[] {
  return WORDS_OF_MODALITY.get(modality) ?? GENERAL_IMAGE_WORDS;
}

const GENERAL_IMAGE_WORDS: readonly string[] = ['image', 'image', 'picture'];
const WORDS_OF_MODALITY: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(IMAGE_WORDS).map(([modality, words]) => [modality, [...GENERAL_IMAGE_WORDS, ...words]]),
);

/** "a polyp", "an infection", "an X-ray", "an MRI scan". */
export function withArticle(name: string): string {
  return /^(?:[aeio]|u(?!ni|se|ter)|MR|X-)/i.test(name) ? `an ${name}` : `a ${name}`;
}

interface FindingNames {
  exact: readonly string[];
  loose: readonly string[];
  counted?: readonly string[];
  suspicions: readonly string[];
}

function finding(anatomy: string, names: FindingNames): TargetWords {
  const { exact, loose, counted = exact, suspicions } = names;
  return {
    anatomy,
    exact: exact.map(noun),
    loose: loose.map(noun),
    counted: counted.map(noun),
    finding: true,
    suspicions,
    paired: false,
    unique: false,
  };
}

function organ(anatomy: string, names: readonly string[], number: 'paired' | 'unique'): TargetWords {
  const exact = names.map(noun);
  return {
    anatomy,
    exact,
    loose: [],
    counted: exact,
    finding: false,
    suspicions: [],
    paired: number === 'paired',
    unique: number === 'unique',
  };
}

/** "polyp" or, where the plural is another, "infection|infected areas". */
function noun(name: string): Noun {
  const [one, many] = name.split('|') as [string, string?];
  return { one, many: many ?? pluralOf(one) };
}

/** A name that ends in a plain "s" is taken for a plural. */
function pluralOf(one: string): string {
  if (/sis$/.test(one)) return one.replace(/is$/, 'es');
  if (/(?:ss|us|x|ch|sh)$/.test(one)) return `${one}es`;
  if (/s$/.test(one)) return one;
  return /[^aeiou]y$/.test(one) ? one.replace(/y$/, 'ies') : `${one}s`;
}
