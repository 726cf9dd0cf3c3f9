import type { Tensor } from '@prs-med/autograd';

/** What the mask decoder reads of an encoder: features [n, channels, height / stride, width / stride] by stride. */
export type FeaturePyramid = Readonly<Record<2 | 4 | 8, Tensor>>;
