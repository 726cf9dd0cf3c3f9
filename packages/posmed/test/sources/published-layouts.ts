/** A set as it is published, with a few files. */
export interface PublishedLayout {
  name: string;
  kind: string;
  files: string[];
  /** Of its items: id, the targets' names, group and split. */
  items: [id: string, targets: string, group: string | null, split: string | null][];
  /** Folders in which no other file may be. */
  closed: string[];
}

/** The files of several folders, each with the names of all. */
const inAll = (folders: readonly string[], names: readonly string[]) =>
  folders.flatMap((folder) => names.map((name) => `${folder}/${name}`));

const JSRT_MASKS = ['left lung', 'right lung', 'heart', 'left clavicle', 'right clavicle'];

/** A year of ISIC's task 1, with two pictures in each part. */
function isicYear(kind: string, suffix: string, parts: [split: string, pictures: string, masks: string][]) {
  const ids = ['ISIC_0000000', 'ISIC_0000001'];
  return {
    name: kind,
    kind,
    files: parts.flatMap(([, pictures, masks]) => [
      ...ids.map((id) => `${pictures}/${id}.jpg`),
      ...ids.map((id) => `${masks}/${id}${suffix}.png`),
    ]),
    items: parts.flatMap(([split]) =>
      ids.map((id): PublishedLayout['items'][number] => [`${split}/${id}`, 'skin lesion', null, split]),
    ),
    closed: parts.flatMap(([, pictures, masks]) => [pictures, masks]),
  };
}

export const PUBLISHED_LAYOUTS: readonly PublishedLayout[] = [
  {
    name: 'BUSI',
    kind: 'busi',
    files: [
      'benign/benign (1).png',
      'benign/benign (1)_mask.png',
      'benign/benign (2).png',
      'benign/benign (2)_mask.png',
      'malignant/malignant (1).png',
      'malignant/malignant (1)_mask.png',
      'malignant/malignant (2).png',
      'malignant/malignant (2)_mask.png',
      'normal/normal (1).png',
      'normal/normal (1)_mask.png',
    ],
    items: [
      ['benign (1)', 'breast tumour', null, null],
      ['benign (2)', 'breast tumour', null, null],
      ['malignant (1)', 'breast tumour', null, null],
      ['malignant (2)', 'breast tumour', null, null],
      ['normal (1)', 'breast tumour', null, null],
    ],
    closed: ['benign', 'malignant', 'normal'],
  },
  {
    name: 'BUS-UCLM',
    kind: 'bus-uclm',
    files: ['INFO.csv', ...inAll(['images', 'masks'], ['ALWI_000.png', 'ALWI_002.png', 'COPE_010.png'])],
    items: [
      ['ALWI_000', 'breast tumour', 'ALWI', 'train'],
      ['ALWI_002', 'breast tumour', 'ALWI', 'train'],
      ['COPE_010', 'breast tumour', 'COPE', 'test'],
    ],
    closed: ['images', 'masks'],
  },
  {
    name: 'UDIAT-B',
    kind: 'udiat-b',
    files: ['DatasetB.xlsx', ...inAll(['original', 'GT'], ['000001.png', '000002.png'])],
    items: [
      ['000001', 'breast tumour', null, null],
      ['000002', 'breast tumour', null, null],
    ],
    closed: ['original', 'GT'],
  },
  {
    name: 'COVID-19 Radiography',
    kind: 'covid-19-radiography',
    files: [
      'README.md.txt',
      'COVID.metadata.xlsx',
      ...inAll(['COVID/images', 'COVID/masks'], ['COVID-1.png', 'COVID-2.png']),
      ...inAll(['Lung_Opacity/images', 'Lung_Opacity/masks'], ['Lung_Opacity-1.png', 'Lung_Opacity-2.png']),
      ...inAll(['Normal/images', 'Normal/masks'], ['Normal-1.png', 'Normal-2.png']),
      ...inAll(
        ['Viral Pneumonia/images', 'Viral Pneumonia/masks'],
        ['Viral Pneumonia-1.png', 'Viral Pneumonia-2.png'],
      ),
    ],
    items: ['COVID', 'Lung_Opacity', 'Normal', 'Viral Pneumonia'].flatMap(
      (name): PublishedLayout['items'] => [
        [`${name}-1`, 'lung', null, null],
        [`${name}-2`, 'lung', null, null],
      ],
    ),
    closed: ['COVID/images', 'Lung_Opacity/masks', 'Normal/images', 'Viral Pneumonia/masks'],
  },
  {
    name: 'Montgomery',
    kind: 'montgomery',
    files: [
      'NLM-MontgomeryCXRSet-ReadMe.pdf',
      'ClinicalReadings/MCUCXR_0001_0.txt',
      ...inAll(
        ['CXR_png', 'ManualMask/leftMask', 'ManualMask/rightMask'],
        ['MCUCXR_0001_0.png', 'MCUCXR_0104_1.png'],
      ),
    ],
    items: [
      ['MCUCXR_0001_0', 'lung', null, null],
      ['MCUCXR_0104_1', 'lung', null, null],
    ],
    closed: ['CXR_png', 'ManualMask/leftMask', 'ManualMask/rightMask'],
  },
  {
    name: 'Shenzhen',
    kind: 'shenzhen',
    files: [
      'ClinicalReadings/CHNCXR_0001_0.txt',
      'CXR_png/CHNCXR_0001_0.png',
      'CXR_png/CHNCXR_0332_1.png',
      'mask/CHNCXR_0001_0_mask.png',
      'mask/CHNCXR_0332_1_mask.png',
    ],
    items: [
      ['CHNCXR_0001_0', 'lung', null, null],
      ['CHNCXR_0332_1', 'lung', null, null],
    ],
    closed: ['CXR_png', 'mask'],
  },
  {
    name: 'JSRT and SCR',
    kind: 'jsrt',
    files: [
      ...['JPCLN001', 'JPCLN002', 'JPCLN003', 'JPCNN004'].map((stem) => `All247images/${stem}.IMG`),
      ...inAll(
        JSRT_MASKS.map((name) => `scratch/fold1/masks/${name}`),
        ['JPCLN001.gif', 'JPCLN003.gif'],
      ),
      ...inAll(
        JSRT_MASKS.map((name) => `scratch/fold2/masks/${name}`),
        ['JPCLN002.gif', 'JPCNN004.gif'],
      ),
    ],
    items: [
      ['JPCLN001', 'lung, heart, clavicle', null, 'train'],
      ['JPCLN003', 'lung, heart, clavicle', null, 'train'],
      ['JPCLN002', 'lung, heart, clavicle', null, 'test'],
      ['JPCNN004', 'lung, heart, clavicle', null, 'test'],
    ],
    closed: ['scratch/fold1/masks/heart', 'scratch/fold2/masks/left lung'],
  },
  {
    name: 'Kvasir-SEG',
    kind: 'kvasir-seg',
    files: ['kavsir_bboxes.json', ...inAll(['images', 'masks'], ['cju0qkwl35piu.jpg', 'cju0qoxqj9q6s.jpg'])],
    items: [
      ['cju0qkwl35piu', 'polyp', null, null],
      ['cju0qoxqj9q6s', 'polyp', null, null],
    ],
    closed: ['images', 'masks'],
  },
  {
    name: 'CVC-ClinicDB',
    kind: 'cvc-clinicdb',
    files: ['readme.txt', ...inAll(['Original', 'Ground Truth'], ['1.tif', '25.tif', '26.tif', '612.tif'])],
    items: [
      ['1', 'polyp', 'sequence 1', null],
      ['25', 'polyp', 'sequence 1', null],
      ['26', 'polyp', 'sequence 2', null],
      ['612', 'polyp', 'sequence 29', null],
    ],
    closed: ['Original', 'Ground Truth'],
  },
  {
    name: 'CVC-ClinicDB as PNG and TIFF',
    kind: 'cvc-clinicdb',
    files: [
      'metadata.csv',
      ...inAll(['PNG/Original', 'PNG/Ground Truth'], ['200.png', '205.png']),
      'TIF/Original/200.tif',
      'TIF/Ground Truth/200.tif',
    ],
    items: [
      ['200', 'polyp', 'sequence 10', null],
      ['205', 'polyp', 'sequence 10', null],
    ],
    closed: ['PNG/Original', 'PNG/Ground Truth'],
  },
  {
    name: 'CVC-300 in CVC-EndoSceneStill',
    kind: 'cvc-300',
    files: [
      ...inAll(['CVC-300/bbdd', 'CVC-300/gtpolyp'], ['1.bmp', '77.bmp', '149.bmp']),
      'CVC-300/gtlumen/1.bmp',
      'CVC-612/bbdd/1.bmp',
      'CVC-612/gtpolyp/1.tif',
    ],
    items: [
      ['1', 'polyp', null, 'train'],
      ['149', 'polyp', null, 'test'],
      ['77', 'polyp', null, 'val'],
    ],
    closed: ['CVC-300/bbdd', 'CVC-300/gtpolyp'],
  },
  {
    name: "CVC-300 among PraNet's test sets",
    kind: 'cvc-300',
    files: [
      ...inAll(['CVC-300/images', 'CVC-300/masks'], ['149.png', '208.png']),
      ...inAll(['CVC-ColonDB/images', 'CVC-ColonDB/masks'], ['1.png', '2.png']),
    ],
    items: [
      ['149', 'polyp', null, 'test'],
      ['208', 'polyp', null, 'test'],
    ],
    closed: ['CVC-300/images', 'CVC-300/masks'],
  },
  {
    name: 'CVC-ColonDB',
    kind: 'cvc-colondb',
    files: ['1.tiff', '2.tiff', 'p1.tiff', 'p2.tiff', 'c1.tiff', 'c2.tiff'],
    items: [
      ['1', 'polyp', null, null],
      ['2', 'polyp', null, null],
    ],
    closed: [''],
  },
  {
    name: "CVC-ColonDB as PraNet's",
    kind: 'cvc-colondb',
    files: inAll(['images', 'masks'], ['1.png', '380.png']),
    items: [
      ['1', 'polyp', null, null],
      ['380', 'polyp', null, null],
    ],
    closed: ['images', 'masks'],
  },
  {
    name: 'ETIS-Larib',
    kind: 'etis-larib',
    files: [
      ...inAll(['ETIS-LaribPolypDB'], ['1.tif', '196.tif']),
      ...inAll(['Ground Truth'], ['p1.tif', 'p196.tif']),
    ],
    items: [
      ['1', 'polyp', null, null],
      ['196', 'polyp', null, null],
    ],
    closed: ['ETIS-LaribPolypDB', 'Ground Truth'],
  },
  {
    name: "ETIS-Larib as PraNet's",
    kind: 'etis-larib',
    files: inAll(['images', 'masks'], ['1.png', '2.png']),
    items: [
      ['1', 'polyp', null, null],
      ['2', 'polyp', null, null],
    ],
    closed: ['images', 'masks'],
  },
  isicYear('isic2016', '_Segmentation', [
    ['train', 'ISBI2016_ISIC_Part1_Training_Data', 'ISBI2016_ISIC_Part1_Training_GroundTruth'],
    ['test', 'ISBI2016_ISIC_Part1_Test_Data', 'ISBI2016_ISIC_Part1_Test_GroundTruth'],
  ]),
  isicYear('isic2017', '_segmentation', [
    ['train', 'ISIC-2017_Training_Data', 'ISIC-2017_Training_Part1_GroundTruth'],
    ['val', 'ISIC-2017_Validation_Data', 'ISIC-2017_Validation_Part1_GroundTruth'],
    ['test', 'ISIC-2017_Test_v2_Data', 'ISIC-2017_Test_v2_Part1_GroundTruth'],
  ]),
  isicYear('isic2018', '_segmentation', [
    ['train', 'ISIC2018_Task1-2_Training_Input', 'ISIC2018_Task1_Training_GroundTruth'],
    ['val', 'ISIC2018_Task1-2_Validation_Input', 'ISIC2018_Task1_Validation_GroundTruth'],
    ['test', 'ISIC2018_Task1-2_Test_Input', 'ISIC2018_Task1_Test_GroundTruth'],
  ]),
  {
    name: 'PH2',
    kind: 'ph2',
    files: [
      'PH2_dataset.xlsx',
      ...['IMD002', 'IMD003'].flatMap((id) => [
        `PH2 Dataset images/${id}/${id}_Dermoscopic_Image/${id}.bmp`,
        `PH2 Dataset images/${id}/${id}_lesion/${id}_lesion.bmp`,
        `PH2 Dataset images/${id}/${id}_roi/${id}_Label2.bmp`,
      ]),
    ],
    items: [
      ['IMD002', 'skin lesion', null, null],
      ['IMD003', 'skin lesion', null, null],
    ],
    closed: ['PH2 Dataset images/IMD002/IMD002_lesion', 'PH2 Dataset images/IMD003'],
  },
];
