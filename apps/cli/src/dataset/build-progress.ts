import type { BuildStage } from '@prs-med/posmed/node';
import { openStageBar, type StageBar } from '../stage-bar.js';

/** A bar while a data set is built. */
export const startBuildProgress = (): Promise<StageBar<BuildStage>> =>
  openStageBar({
    measure: 'pictures and masks read',
    generate: 'images with pairs',
    write: 'images written',
  });
