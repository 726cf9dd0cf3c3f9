import type { Mask } from '@prs-med/imaging';
import { levelCounts, type Prediction } from '../segmentation/prediction.js';

/** Pixels whose probability is alike. */
export interface CalibrationBin {
  /** The probabilities in it: from this one on, and below the other one; the last bin holds 1 too. */
  readonly from: number;
  readonly to: number;
  readonly pixels: number;
  /** Their mean probability, and the share of them that is target; null without pixels. */
  readonly probability: number | null;
  readonly targetShare: number | null;
}

/** How far probabilities can be taken at their word, over all pixels together. */
export interface Calibration {
  readonly pixels: number;
  /** Ten, of equal width. */
  readonly bins: readonly CalibrationBin[];
  /** Mean distance between probability and share of target, over pixels. */
  readonly expectedCalibrationError: number;
}

/** Gathers maps one by one. */
export interface CalibrationCollector {
  add(map: Prediction, truth: Mask): void;
  /** Null without maps. */
  calibration(): Calibration | null;
}

const BINS = 10;

/** Source: Guo et al., On Calibration of Modern Neural Networks (ICML 2017), for probabilities of a pixel. */
export function collectCalibration(): CalibrationCollector {
  const inside = new Float64Array(256);
  const outside = new Float64Array(256);
  return {
    add(map, truth) {
      const counts = levelCounts(map, truth);
      for (let level = 0; level < 256; level++) {
        inside[level]! += counts.inside[level]!;
        outside[level]! += counts.outside[level]!;
      }
    },
    calibration() {
      const sums = Array.from({ length: BINS }, () => ({ pixels: 0, probability: 0, target: 0 }));
      let pixels = 0;
      for (let level = 0; level < 256; level++) {
        // Whole numbers, so that no level falls beside its bin by rounding.
        const bin = sums[Math.min(BINS - 1, Math.floor((level * BINS) / 255))]!;
        const count = inside[level]! + outside[level]!;
        bin.pixels += count;
        bin.probability += (count * level) / 255;
        bin.target += inside[level]!;
        pixels += count;
      }
      if (pixels === 0) return null;
      const error = sums.reduce((sum, bin) => sum + Math.abs(bin.probability - bin.target), 0);
      return {
        pixels,
        bins: sums.map((bin, i) => ({
          from: i / BINS,
          to: (i + 1) / BINS,
          pixels: bin.pixels,
          probability: bin.pixels === 0 ? null : bin.probability / bin.pixels,
          targetShare: bin.pixels === 0 ? null : bin.target / bin.pixels,
        })),
        expectedCalibrationError: error / pixels,
      };
    },
  };
}
