import type { Part } from '../row.js';
import { attention } from './attention.js';
import { cold } from './cold.js';
import { convolution } from './convolution.js';
import { layeredStep } from './layered-step.js';
import { machine } from './machine.js';
import { questionGeneration } from './question-generation.js';
import { score } from './score.js';
import { segment } from './segment.js';
import { step } from './step.js';
import { tinyVit } from './tiny-vit.js';
import { zones } from './zones.js';

/** Every part by its name, in the order of the table. */
export const parts: Readonly<Record<string, Part>> = {
  machine,
  convolution,
  attention,
  step,
  'layered-step': layeredStep,
  segment,
  'tiny-vit': tinyVit,
  cold,
  zones,
  score,
  questions: questionGeneration,
};

/** Parts that run as `prs-med train` does, which keeps large blocks of memory for the next step. */
export const trainingParts: ReadonlySet<string> = new Set([
  'convolution',
  'attention',
  'step',
  'layered-step',
]);
