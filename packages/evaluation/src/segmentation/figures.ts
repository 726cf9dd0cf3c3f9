import { bootstrapMean, type Interval, type ResamplingOptions } from '../statistics/bootstrap.js';
import type { ImageScore } from './score-image.js';
import { createSegmentationSums, type SegmentationSummary, summarizeImage } from './summarize.js';

/** Figures over pictures with how sure they are. */
export interface SegmentationFigures extends SegmentationSummary {
  readonly groups: number;
  /** 95 %, by the bootstrap over groups; null where there is one group alone. */
  readonly confidenceInterval: {
    readonly dice: Interval | null;
    readonly iou: Interval | null;
    readonly meanDic: Interval | null;
    readonly meanIoU: Interval | null;
  };
}

/** Gathers pictures one by one; four numbers and the group of each are kept. */
export interface SegmentationCollector {
  /** @param group what is not independent of each other: the picture's patient, study or sequence */
  add(score: ImageScore, group: string): void;
  /** @throws RangeError without pictures */
  figures(options?: ResamplingOptions): SegmentationFigures;
}

export function collectSegmentation(): SegmentationCollector {
  const sums = createSegmentationSums();
  const values = {
    dice: [] as number[],
    iou: [] as number[],
    meanDic: [] as number[],
    meanIoU: [] as number[],
  };
  const groups: string[] = [];
  return {
    add(score, group) {
      sums.add(score);
      const { meanDic, meanIoU } = summarizeImage(score);
      values.dice.push(score.dice);
      values.iou.push(score.iou);
      values.meanDic.push(meanDic);
      values.meanIoU.push(meanIoU);
      groups.push(group);
    },
    figures: (options) => ({
      ...sums.summarize(),
      groups: new Set(groups).size,
      confidenceInterval: {
        dice: bootstrapMean(values.dice, groups, options),
        iou: bootstrapMean(values.iou, groups, options),
        meanDic: bootstrapMean(values.meanDic, groups, options),
        meanIoU: bootstrapMean(values.meanIoU, groups, options),
      },
    }),
  };
}
