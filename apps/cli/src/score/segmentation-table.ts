import type { SegmentationFigures } from '@prs-med/evaluation';

/** The figures for a reader, a line each. */
export function segmentationTable(figures: SegmentationFigures): string {
  const { images, groups, confidenceInterval, pooled, emptyTruth, hd95 } = figures;
  const interval = (name: keyof typeof confidenceInterval): string => {
    const found = confidenceInterval[name];
    return found === null ? '' : ` (95 % ${short(found[0])} to ${short(found[1])})`;
  };
  const lines: [string, string][] = [
    ['pictures', groups === images ? String(images) : `${images} in ${groups} groups`],
    ['at one half', ''],
    ['  dice', `${short(figures.dice)}${interval('dice')}`],
    ['  iou', `${short(figures.iou)}${interval('iou')}`],
    ['  hd95', hd95 === null ? 'none' : `${hd95.toFixed(1)} pixels`],
    ['  pooled dice', short(pooled.dice)],
    ['  pooled iou', short(pooled.iou)],
    ['over thresholds', ''],
    ['  meanDic', `${short(figures.meanDic)}${interval('meanDic')}`],
    ['  meanIoU', `${short(figures.meanIoU)}${interval('meanIoU')}`],
    ...PUBLISHED.map((name): [string, string] => [`  ${name}`, short(figures[name])]),
    ['empty masks', `${emptyTruth.images}, ${emptyTruth.falsePositives} of them predicted not empty`],
  ];
  const width = Math.max(...lines.map(([name]) => name.length)) + 2;
  return `${lines.map(([name, value]) => `${name.padEnd(width)}${value}`.trimEnd()).join('\n')}\n`;
}

const PUBLISHED = [
  'wFm',
  'Sm',
  'meanEm',
  'mae',
  'maxEm',
  'maxDic',
  'maxIoU',
  'meanSen',
  'maxSen',
  'meanSpe',
  'maxSpe',
] as const satisfies readonly (keyof SegmentationFigures)[];

const short = (value: number): string => value.toFixed(3);
