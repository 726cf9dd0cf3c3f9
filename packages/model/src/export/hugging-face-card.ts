import type { BundleConfig } from '../bundle/config.js';

/** The one licence of all parts, in the hub's lower-case names; `other` where they differ or are no SPDX identifier. */
function licenceOf({ licences }: BundleConfig): string {
  const names = new Set(licences.map(({ licence }) => licence.toLowerCase()));
  const [only] = names;
  return names.size === 1 && only !== undefined && !only.startsWith('licenseref-') ? only : 'other';
}

/**
 * `README.md` of a model on the Hugging Face hub: the front matter that the hub reads, the bundle's own card, and how to
 * run it. The hub's fields are those of its documentation, "Model Cards".
 */
export function huggingFaceCard(config: BundleConfig, card: string): string {
  const licence = licenceOf(config);
  const lines = [
    '---',
    `license: ${licence}`,
    ...(licence === 'other' ? ['license_name: by-part', 'license_link: README.md#licences'] : []),
    'language: en',
    'pipeline_tag: image-segmentation',
    'library_name: prs-med',
    'tags:',
    ...['medical', 'visual-question-answering', 'referring-segmentation'].map((tag) => `  - ${tag}`),
    '---',
    '',
    card.trim(),
    '',
    '## How to run it',
    'This folder is a model bundle of PRS-Med in TypeScript:',
    '',
    '```',
    'prs-med segment PICTURE --question "Where is the lesion?" --model THIS_FOLDER',
    '```',
  ];
  return `${lines.join('\n')}\n`;
}
