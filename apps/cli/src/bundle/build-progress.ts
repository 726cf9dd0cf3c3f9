import type { LlavaBuildStage } from '@prs-med/model/node';
import { openStageBar, type StageBar } from '../stage-bar.js';

/** A bar while a bundle is built. */
export const startBundleProgress = (): Promise<StageBar<LlavaBuildStage>> =>
  openStageBar({ read: 'files of the checkpoint read', language: 'files of the language model written' });
