/** What a word can be to the parser. A word has one kind; its neighbours tell whether it is meant so. */
const LEXICON = {
  left: 'left leftmost leftward leftwards leftside leftsided lefthand lfet letf leftt',
  right: 'right rightmost rightward rightwards rightside rightsided righthand rigth rihgt rightt',
  top: 'top topmost upper uppermost uper superior superiorly',
  bottom: 'bottom bottommost lower lowermost lowwer botom bottem inferior inferiorly',
  /** Ends of a lung, which are places only beside a side or a lung. */
  apex: 'apex apices apical biapical',
  base: 'base bases basal basilar bibasal bibasilar',
  center:
    'center centre centers centres central centrally centered centred middle mid midzone midzones centr cneter middel midle',
  midline: 'midline',
  above: 'above higher',
  below: 'below beneath underneath under',
  both: 'both each either opposite',
  bilateral: 'bilateral bilaterally',
  larger: 'larger largest bigger biggest greater greatest',
  smaller: 'smaller smallest tinier tiniest',
  number: 'zero one two three four five six seven eight nine ten single solitary lone',
  several: 'several multiple many numerous various few',
  /** What can be looked for and counted. */
  finding:
    'polyp polyps lesion lesions tumour tumours tumor tumors mass masses growth growths nodule nodules mole moles spot ' +
    'spots lump lumps infection infections opacity opacities infiltrate infiltrates consolidation consolidations ' +
    'abnormality abnormalities finding findings area areas region regions focus foci cyst cysts plaque target targets ' +
    'structure structures object objects component components patch patches neoplasm neoplasms adenoma adenomas ' +
    'metastasis metastases naevus nevus anomaly anomalies instance instances changes',
  /** What comes in pairs, one on each side. */
  paired:
    'lung lungs breast breasts kidney kidneys hemisphere hemispheres hemithorax hemithoraces lobe lobes side sides sided',
  part:
    'half halves hand part parts third thirds portion portions zone zones field fields section edge edges border margin ' +
    'corner quadrant quadrent aspect quarter',
  /** Parts of which a half or a side has two. */
  corners: 'quadrants corners quadrents quarters',
  image:
    'image images picture pictures scan scans slice slices frame frames radiograph radiographs film films xray xrays ' +
    "sonogram sonograms photo photos photograph photographs pic pics view views viewer's observer's viewer observer screen your " +
    'ultrasound mri ct ray rays mammogram displayed viewed',
  patient: "patient patients patient's patients' subject's person's anatomical anatomic anatomically his her",
  article: 'the a an this that these those its their',
  and: 'and',
  or: 'or',
  preposition: 'in on at of to from within inside into onto with by for',
  near: 'near nearer close closer toward towards beside adjacent approaching around',
  away: 'far away off outside distant',
  /** Says where something is and nothing more. */
  copula:
    "is are was were be been being lies lie lying sits sit sitting located situated positioned placed appears appear it's " +
    "that's remains stays stands looks look seems seem",
  /** Says that something is there. */
  exists:
    'seen see visible shows show shown showing present identified identify detect detected found find demonstrates ' +
    "demonstrated contains contain containing reveals revealed there there's evident noted observed affected affects " +
    'affect involved involves involve infected has have includes include depicts depicted outlined marked highlighted ' +
    'segmented covers cover covered occupies fills fill spans extends extend discernible appreciable apparent exists ' +
    'exist exhibits reach reaches',
  not:
    "not never cannot cant isnt doesnt dont isn't aren't wasn't weren't don't doesn't didn't can't couldn't won't " +
    "wouldn't hasn't haven't",
  no: 'no',
  none: 'none nothing nowhere neither nor nobody nope',
  /** Denies by itself. */
  lacking:
    'absent absence missing lack lacks lacking devoid free negative unlikely excluded exclude ruled rule spares spared ' +
    'fails failed fail',
  /** Denies what stands before it: "the left lung is clear". */
  normal: 'normal clear unremarkable healthy unaffected uninvolved intact empty',
  unsure: 'unsure uncertain unclear unable impossible difficult hard',
  /** Denies what follows. */
  without: 'without rather instead unlike excluding sparing opposed',
  except: 'except excepting',
  /** Begins another thought. */
  turn: 'but whereas while although though however yet because',
  yes: 'yes yeah yep',
} as const;

export type WordKind = keyof typeof LEXICON | 'other';

const KINDS: ReadonlyMap<string, WordKind> = new Map(
  Object.entries(LEXICON).flatMap(([kind, words]) =>
    words.split(' ').map((word) => [word, kind as WordKind] as const),
  ),
);

/** The kind of a word in lower case; "the image's" is an image too. */
export function kindOf(word: string): WordKind {
  const kind = KINDS.get(word);
  if (kind !== undefined) return kind;
  const owner = word.endsWith("'s") ? KINDS.get(word.slice(0, -2)) : undefined;
  return owner === 'image' || owner === 'patient' ? owner : 'other';
}

/** The words of a list that blanks part. */
export function wordSet(words: string): ReadonlySet<string> {
  return new Set(words.split(' '));
}
