import { Command, Option } from 'commander';

/** Options of `prs-med zones`, parsed. */
export interface ZonesOptions {
  readonly json?: boolean;
  readonly rule: 'box' | 'centroid';
  readonly laterality: 'image' | 'patient';
}

export function zonesCommand(): Command {
  return new Command('zones')
    .description('Say in which zone of the picture masks lie, as a whole and region by region.')
    .argument(
      '<mask...>',
      'masks or pictures of labels (PNG, JPEG, TIFF, WebP, GIF, BMP), JSON files with run lengths as COCO has them, or folders of these',
    )
    .option('--json', 'print one JSON document and nothing else')
    .addOption(
      new Option(
        '--rule <rule>',
        'what the zone is found from: the bounding box, as published, or the centroid',
      )
        .choices(['box', 'centroid'])
        .default('box'),
    )
    .addOption(
      new Option(
        '--laterality <side>',
        "whose left and right the zones mean: the picture's sides, or the patient's as radiographs and axial slices show them",
      )
        .choices(['image', 'patient'])
        .default('image'),
    )
    .action(async (masks: string[], options: ZonesOptions) => {
      const { zoneFiles } = await import('../zones/zone-files.js');
      await zoneFiles(masks, options);
    });
}
