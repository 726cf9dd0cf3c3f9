/** Twenty questions of everyday length, none of them twice. */
export const questions: readonly string[] = [
  'polyp',
  'tumour',
  'skin lesion',
  'left lung',
  'right lung',
  'infection',
  'breast nodule',
  'nodule',
  'lesion in the upper left',
  'tumour in the lower right',
].flatMap((target) => [`Where is the ${target}?`, `Is there a ${target} in this picture, and where?`]);
