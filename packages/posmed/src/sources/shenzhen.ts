import { findLayout } from './layout.js';
import { listPairs, plainItem } from './pairing.js';
import type { SourceAdapter, SourceFolder, SourceListing } from './source.js';

/** Others that share the folders where both sets are passed on together. */
const MONTGOMERY = /^MCUCXR_/;

/**
 * `CXR_png/CHNCXR_0001_0.png` and, from another publisher, `mask/CHNCXR_0001_0_mask.png`. Of 662 pictures 566 have a
 * mask; the others are left out, which is one problem for all of them.
 */
export const shenzhen: SourceAdapter = {
  kind: 'shenzhen',
  title: 'Shenzhen Hospital chest X-rays',
  modality: 'x-ray',
  targets: ['lung'],
  licence: 'pictures public, of the National Library of Medicine, not verified; masks CC BY-NC-SA 4.0',
  origin:
    'Jaeger et al., Quantitative Imaging in Medicine and Surgery 4 (2014), 662 pictures; masks of Stirenko et al. (2018), ' +
    'Mendeley Data 8gf9vpkhgy',
  list: listShenzhen,
};

async function listShenzhen(folder: SourceFolder): Promise<SourceListing> {
  const { root, wanted } = findLayout(folder, shenzhen.title, [
    ['CXR_png', 'mask/mask'],
    ['CXR_png', 'mask'],
    ['CXR_png', 'masks'],
  ]);
  const pictures = {
    directory: `${root}CXR_png/`,
    pattern: /^(?<stem>CHNCXR_\d+_[01])\.png$/,
    name: (stem: string) => `${stem}.png`,
    ignored: MONTGOMERY,
  };
  const { items, problems } = listPairs(folder, {
    dataset: shenzhen.kind,
    modality: 'x-ray',
    pictures,
    masks: [
      {
        target: 'lung',
        directory: `${root}${wanted[1]}/`,
        pattern: /^(?<stem>CHNCXR_\d+_[01])_mask\.png$/,
        name: (stem) => `${stem}_mask.png`,
        ignored: MONTGOMERY,
        optional: true,
      },
    ],
    item: plainItem,
  });
  const all = folder.files.filter(
    (file) =>
      file.startsWith(pictures.directory) && pictures.pattern.test(file.slice(pictures.directory.length)),
  );
  if (all.length === items.length) return { items, problems };
  const problem =
    `${all.length - items.length} of its ${all.length} pictures have no mask and are left out ` +
    '(the set is published with 566 masks for 662)';
  return { items, problems: [...problems, { file: pictures.directory, problem }] };
}
