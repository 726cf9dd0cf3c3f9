import {
  type Box,
  describeRegions,
  type Mask,
  maskOfProbabilities,
  type Point,
  type ProbabilityMap,
  resizeProbabilities,
  type Zone,
  zoneOfBox,
} from '@prs-med/imaging';

/** One connected part of a mask. */
export interface SegmentRegion {
  /** By the rule for masks, `zoneOfBox`, on the part's own box. */
  readonly zone: Zone;
  readonly nearCenter: boolean;
  readonly box: Box;
  readonly centroid: Point;
  /** Share of the picture's pixels, 0 to 1. */
  readonly areaFraction: number;
}

/** Where the mask is and how sure the model is. */
export interface Finding {
  /** Of the picture's own size. */
  readonly mask: Mask;
  /** Of the picture's own size; all 0 where the model judges the target absent. */
  readonly probabilities: ProbabilityMap;
  /** False when the model judges the target absent, or nothing reaches the threshold. */
  readonly present: boolean;
  /** Probability that the target is there, 0 to 1, before the asked place and the threshold are looked at. */
  readonly presence: number;
  /**
   * How sure the model is of what it says, 0 to 1: for a present target the probability of presence times the mean
   * probability inside the mask, for an absent one 1 less the probability of presence.
   */
  readonly confidence: number;
  /** The mask's zone by the rule; none where the target is absent. */
  readonly zones: Zone[];
  /** Connected parts of at least 0.1 % of the picture, or the largest one if all are smaller. */
  readonly regions: SegmentRegion[];
}

/** Smaller parts are not spoken of. */
const SMALLEST_REGION = 0.001;

/**
 * What a mask says at the picture's own size.
 * @param presence probability that the target is there
 */
export function findingOf(
  probabilities: ProbabilityMap,
  presence: number,
  width: number,
  height: number,
  threshold: number,
): Finding {
  const full = resizeProbabilities(probabilities, width, height);
  const mask = maskOfProbabilities(full, threshold);
  const description = describeRegions(mask);
  if (description.zone === null) {
    return {
      mask,
      probabilities: full,
      present: false,
      presence,
      confidence: 1 - presence,
      zones: [],
      regions: [],
    };
  }
  let sum = 0;
  let area = 0;
  for (let i = 0; i < mask.data.length; i++) {
    if (mask.data[i] === 0) continue;
    sum += full.data[i]!;
    area++;
  }
  const regions = description.regions.map(({ box, centroid, areaFraction }) => ({
    ...zoneOfBox(box, width, height),
    box,
    centroid,
    areaFraction,
  }));
  const large = regions.filter(({ areaFraction }) => areaFraction >= SMALLEST_REGION);
  const largest = regions.reduce((a, b) => (b.areaFraction > a.areaFraction ? b : a));
  return {
    mask,
    probabilities: full,
    present: true,
    presence,
    confidence: (presence * sum) / area,
    zones: [description.zone],
    regions: large.length > 0 ? large : [largest],
  };
}
