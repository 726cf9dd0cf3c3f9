import type { Tensor } from '../src/index.js';
import * as ag from '../src/index.js';

const CAUSAL = { causal: true };

/** How each golden operation is written with this engine; inputs in the order of operations.json. */
export const operations: Record<string, (...inputs: Tensor[]) => Tensor> = {
  matmul_batched: (a, b) => ag.matmul(a!, b!),
  matmul_broadcast: (a, b) => ag.matmul(a!, b!),
  linear_bias: (x, w, b) => ag.linear(x!, w!, b),
  add_broadcast: (a, b) => ag.add(a!, b!),
  mul_broadcast: (a, b) => ag.multiply(a!, b!),
  div: (a, b) => ag.divide(a!, b!),
  conv3x3: (x, w, b) => ag.convolution(x!, w!, b, { padding: 1 }),
  conv3x3_stride2: (x, w, b) => ag.convolution(x!, w!, b, { padding: 1, stride: 2 }),
  conv_depthwise5: (x, w, b) => ag.convolution(x!, w!, b, { padding: 2, groups: 4 }),
  conv_depthwise3_stride2: (x, w, b) => ag.convolution(x!, w!, b, { padding: 1, stride: 2, groups: 4 }),
  conv1x1: (x, w, b) => ag.convolution(x!, w!, b),
  conv_grouped: (x, w, b) => ag.convolution(x!, w!, b, { padding: 1, groups: 2 }),
  conv_asymmetric_same: (x, w) =>
    ag.convolution(x!, w!, undefined, { stride: 2, padding: ag.samePadding(8, 8, 3, 2) }),
  conv_transpose2: (x, w, b) => ag.transposedConvolution(x!, w!, b, { stride: 2 }),
  conv_transpose4: (x, w, b) => ag.transposedConvolution(x!, w!, b, { stride: 2, padding: 1 }),
  batch_norm_train: (x, w, b) => ag.batchNormTraining(x!, w!, b!, 0.001),
  instance_norm: (x) => ag.instanceNorm(x!, 1e-5),
  group_norm: (x, w, b) => ag.groupNorm(x!, 2, w!, b!, 1e-5),
  layer_norm: (x, w, b) => ag.layerNorm(x!, w!, b!, 1e-5),
  layer_norm_channels_2d: (x, w, b) => ag.layerNormChannels(x!, w!, b!, 1e-6),
  rms_norm: (x, w) => ag.rmsNorm(x!, w!, 1e-5),
  relu: (x) => ag.relu(x!),
  relu6: (x) => ag.relu6(x!),
  gelu_erf: (x) => ag.gelu(x!),
  silu: (x) => ag.silu(x!),
  sigmoid: (x) => ag.sigmoid(x!),
  tanh: (x) => ag.hyperbolicTangent(x!),
  exp: (x) => ag.exponential(x!),
  softplus: (x) => ag.softplus(x!),
  gelu_tanh: (x) => ag.geluTanh(x!),
  quick_gelu: (x) => ag.quickGelu(x!),
  sqrt: (x) => ag.squareRoot(x!),
  softmax_last: (x) => ag.softmax(x!),
  log_softmax_last: (x) => ag.logSoftmax(x!),
  mean_axes: (x) => ag.mean(x!, { axes: [2, 3] }),
  max_pool2: (x) => ag.maxPool(x!, 2),
  avg_pool_adaptive: (x) => ag.adaptiveAveragePool(x!, 4, 4),
  resize_bilinear_half_pixel: (x) => ag.resizeBilinear(x!, 12, 10),
  resize_bilinear_align_corners: (x) => ag.resizeBilinear(x!, 12, 10, true),
  resize_nearest: (x) => ag.resizeNearest(x!, 8, 10),
  concat: (a, b) => ag.concatenate([a!, b!], 1),
  slice_pad: (x) =>
    ag.pad(ag.slice(x!, 2, 1, 4), [
      [0, 0],
      [0, 0],
      [2, 1],
    ]),
  transpose_reshape: (x) => ag.reshape(ag.transpose(x!, [0, 2, 1, 3]), [2, 4, 15]),
  embedding: (w, ids) => ag.embedding(w!, ids!),
  gather_rows: (x, ids) => ag.gatherRows(x!, ids!),
  attention_causal: (q, k, v) => ag.attention(q!, k!, v!, CAUSAL),
  attention_grouped: (q, k, v) => ag.attention(q!, k!, v!, CAUSAL),
  attention_bias_padding: (q, k, v, bias) =>
    ag.attention(q!, k!, v!, { bias: ag.add(bias!, hiddenKeys([4, 6], 6)) }),
  rope_half: (x) => ag.rotaryEmbedding(x!, positions(2, 3, 6), ag.rotaryTables(16, 8, 10000)),
  cross_entropy_ignore: (logits, labels) => ag.crossEntropy(logits!, labels!),
  bce_with_logits: (x, y) => ag.binaryCrossEntropy(x!, ag.cast(y!, 'float32')),
  dice_loss: (x, y) => ag.diceLoss(x!, ag.cast(y!, 'float32')),
};

function hiddenKeys(lengths: number[], keys: number): Tensor {
  const data = Float32Array.from({ length: lengths.length * keys }, (_, i) =>
    i % keys < lengths[Math.floor(i / keys)]! ? 0 : ag.HIDDEN,
  );
  return ag.constant(data, [lengths.length, 1, 1, keys]);
}

function positions(samples: number, first: number, length: number): Tensor {
  const data = BigInt64Array.from({ length: samples * length }, (_, i) => BigInt(first + (i % length)));
  return ag.constant(data, [samples, length], 'int64');
}
