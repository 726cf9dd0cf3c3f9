import { Command, Option } from 'commander';
import { betweenZeroAndOne, type Provider, providerOption, wholeNumber } from '../option-parsers.js';

/** Options of `prs-med segment`, parsed. */
export interface SegmentOptions {
  readonly question: string;
  readonly model?: string;
  readonly out: string;
  readonly json?: boolean;
  readonly threshold: number;
  readonly threads?: number;
  readonly provider?: Provider;
  readonly laterality: 'image' | 'patient';
}

export function segmentCommand(): Command {
  return new Command('segment')
    .description('Find in pictures what a question asks for: a mask, an overlay and an answer for each.')
    .argument('<image...>', 'PNG, JPEG, TIFF, WebP, GIF, BMP or DICOM files, or NIfTI slices')
    .requiredOption('-q, --question <text>', 'what to look for, such as "Where is the polyp?"')
    .option('--model <dir>', 'folder of a model bundle (default: models/small)')
    .option('--out <dir>', 'folder for NAME.mask.png and NAME.overlay.png', 'out')
    .option('--json', 'print one JSON document and nothing else')
    .option('--threshold <p>', 'probability from which a pixel belongs to the mask', betweenZeroAndOne, 0.5)
    .option('--threads <n>', 'threads to compute with (default: all cores)', wholeNumber(1))
    .addOption(providerOption())
    .addOption(
      new Option(
        '--laterality <side>',
        "whose left and right question and answer mean: the picture's sides, or the patient's as radiographs and axial slices show them",
      )
        .choices(['image', 'patient'])
        .default('image'),
    )
    .action(async (images: string[], options: SegmentOptions) => {
      const { segmentFiles } = await import('../segment/segment-files.js');
      await segmentFiles(images, options);
    });
}
