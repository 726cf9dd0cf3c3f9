import { addNode, constant, GraphError, integers, scalar, type Tensor } from '../tensor.js';
import { add } from './elementwise.js';
import { concatenate, expand, pad, reshape, reverse, slice, transpose } from './layout.js';
import { matmul } from './matmul.js';
import { sum } from './reduction.js';

/** Padding of a picture's edges: one number for all, or [top, left, bottom, right]. */
export type Padding = number | readonly [number, number, number, number];

export interface ConvolutionOptions {
  readonly stride?: number;
  readonly padding?: Padding;
  readonly groups?: number;
}

const edges = (padding: Padding): readonly [number, number, number, number] =>
  typeof padding === 'number' ? [padding, padding, padding, padding] : padding;

/** TensorFlow's SAME padding: what is left over goes to the bottom and the right. */
export function samePadding(height: number, width: number, kernel: number, stride: number): Padding {
  const total = (size: number) => Math.max((Math.ceil(size / stride) - 1) * stride + kernel - size, 0);
  const vertical = total(height);
  const horizontal = total(width);
  const top = Math.floor(vertical / 2);
  const left = Math.floor(horizontal / 2);
  return [top, left, vertical - top, horizontal - left];
}

/**
 * 2-D convolution: x [n, c, h, w], weight [o, c / groups, kh, kw], bias [o]. Padding may be uneven. Weights may be
 * inputs of the graph: they need not be initializers.
 */
export function convolution(
  x: Tensor,
  weight: Tensor,
  bias?: Tensor,
  options: ConvolutionOptions = {},
): Tensor {
  const { stride = 1, padding = 0, groups = 1 } = options;
  const [top, left, bottom, right] = edges(padding);
  const given = bias === undefined ? [x, weight] : [x, weight, bias];
  if (x.shape.length !== 4 || weight.shape.length !== 4)
    throw new GraphError('convolution', 'needs four axes', given);
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const [o, perGroup, kh, kw] = weight.shape as [number, number, number, number];
  if (c !== perGroup * groups || o % groups !== 0) {
    throw new GraphError('convolution', `channels do not fit ${groups} groups`, given);
  }
  if (bias !== undefined && (bias.shape.length !== 1 || bias.shape[0] !== o)) {
    throw new GraphError('convolution', `the bias is not one number for each of ${o} outputs`, given);
  }
  const height = Math.floor((h + top + bottom - kh) / stride) + 1;
  const width = Math.floor((w + left + right - kw) / stride) + 1;
  if (height < 1 || width < 1)
    throw new GraphError('convolution', 'the kernel is larger than the padded input', given);
  const geometry = { stride, top, left, bottom, right, groups };
  return addNode('Conv', given, {
    attributes: {
      kernel_shape: [kh, kw],
      strides: [stride, stride],
      pads: [top, left, bottom, right],
      group: groups,
    },
    outputs: [{ shape: [n, o, height, width] }],
    gradient: () => (gradients, wanted) => {
      const g = gradients[0]!;
      return [
        wanted[0] ? inputGradient(g, x, weight, geometry) : undefined,
        wanted[1] ? weightGradient(g, x, weight, geometry) : undefined,
        wanted[2] ? sum(g, { axes: [0, 2, 3] }) : undefined,
      ];
    },
  })[0]!;
}

interface Geometry {
  readonly stride: number;
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
  readonly groups: number;
}

/** Kernel [o, c / groups, kh, kw] turned round for the way back: [c, o / groups, kh, kw], flipped. */
function turnKernel(weight: Tensor, groups: number): Tensor {
  const [o, perGroup, kh, kw] = weight.shape as [number, number, number, number];
  const flipped = reverse(weight, [2, 3]);
  if (groups === 1) return transpose(flipped, [1, 0, 2, 3]);
  const grouped = reshape(flipped, [groups, o / groups, perGroup, kh, kw]);
  return reshape(transpose(grouped, [0, 2, 1, 3, 4]), [groups * perGroup, o / groups, kh, kw]);
}

// A convolution of the gradient with the turned kernel is faster in ONNX Runtime than ConvTranspose.
function inputGradient(g: Tensor, x: Tensor, weight: Tensor, geometry: Geometry): Tensor {
  const [kh, kw] = weight.shape.slice(2) as [number, number];
  const [h, w] = x.shape.slice(2) as [number, number];
  const { stride, top, left, groups } = geometry;
  const spread = spreadPixels(g, stride);
  const bottom = h + top - spread.shape[2]!;
  const right = w + left - spread.shape[3]!;
  const before = [kh - 1 - top, kw - 1 - left] as const;
  const outer = [before[0], before[1], bottom, right] as const;
  // More padding than the kernel reaches would be negative here: cut the gradient instead.
  const cuts = [
    [Math.min(before[0], 0), Math.min(bottom, 0)],
    [Math.min(before[1], 0), Math.min(right, 0)],
  ] as const;
  // Where every output saw padding alone, nothing is left of it.
  if (cuts.some(([first, last], axis) => spread.shape[axis + 2]! + first + last < 1))
    return expand(scalar(0), x.shape);
  const cut = outer.some((amount) => amount < 0) ? pad(spread, [[0, 0], [0, 0], ...cuts]) : spread;
  const positive = outer.map((amount) => Math.max(amount, 0)) as unknown as readonly [
    number,
    number,
    number,
    number,
  ];
  return convolution(cut, turnKernel(weight, groups), undefined, { padding: positive, groups });
}

/** stride - 1 zeros between pixels, by two products with constant matrices: far faster than padding each pixel. */
function spreadPixels(x: Tensor, stride: number): Tensor {
  if (stride === 1) return x;
  const [h, w] = x.shape.slice(2) as [number, number];
  const spreading = (size: number): Tensor => {
    const to = (size - 1) * stride + 1;
    const matrix = new Float32Array(to * size);
    for (let i = 0; i < size; i++) matrix[i * stride * size + i] = 1;
    return constant(matrix, [to, size]);
  };
  return matmul(spreading(h), matmul(x, spreading(w), { transposeB: true }));
}

function weightGradient(g: Tensor, x: Tensor, weight: Tensor, geometry: Geometry): Tensor {
  const { groups } = geometry;
  const [o, perGroup, kh, kw] = weight.shape as [number, number, number, number];
  if (perGroup === 1 && o === groups) return depthwiseWeightGradient(g, x, weight, geometry);
  const [n] = x.shape as [number];
  if (groups === 1 && geometry.stride === 1 && kh * kw > 1)
    return unstridedWeightGradient(g, x, weight, geometry);
  const columns = unfold(x, g, kh, kw, geometry);
  const taps = kh * kw;
  const area = g.shape[2]! * g.shape[3]!;
  if (groups === 1) {
    const products = matmul(reshape(g, [n, o, area]), reshape(columns, [n, taps * perGroup, area]), {
      transposeB: true,
    });
    const total = reshape(sum(products, { axes: [0] }), [o, taps, perGroup]);
    return reshape(transpose(total, [0, 2, 1]), weight.shape);
  }
  const grouped = transpose(reshape(columns, [n, taps, groups, perGroup, area]), [0, 2, 1, 3, 4]);
  const products = matmul(
    reshape(g, [n, groups, o / groups, area]),
    reshape(grouped, [n, groups, taps * perGroup, area]),
    { transposeB: true },
  );
  const total = reshape(sum(products, { axes: [0] }), [groups, o / groups, taps, perGroup]);
  return reshape(transpose(total, [0, 1, 3, 2]), weight.shape);
}

// The picture is shifted for the kernel's columns and the gradient for its rows: kh + kw copies in place of kh x kw.
function unstridedWeightGradient(g: Tensor, x: Tensor, weight: Tensor, geometry: Geometry): Tensor {
  const { top, left, bottom, right } = geometry;
  const [o, c, kh, kw] = weight.shape as [number, number, number, number];
  const [n, , height, width] = g.shape as [number, number, number, number];
  const rows = height + kh - 1;
  const padded = pad(x, [
    [0, 0],
    [0, 0],
    [top, bottom],
    [left, right],
  ]);
  const columns = Array.from({ length: kw }, (_, j) => cutWindow(padded, 0, j, rows, width, 1));
  const shifted = Array.from({ length: kh }, (_, i) =>
    pad(g, [
      [0, 0],
      [0, 0],
      [i, kh - 1 - i],
      [0, 0],
    ]),
  );
  const products = matmul(
    reshape(concatenate(shifted, 1), [n, kh * o, rows * width]),
    reshape(concatenate(columns, 1), [n, kw * c, rows * width]),
    { transposeB: true },
  );
  const total = reshape(sum(products, { axes: [0] }), [kh, o, kw, c]);
  return transpose(total, [1, 3, 0, 2]);
}

/** The shifted pictures that each kernel tap sees, side by side: [n, taps x c, height, width]. */
function unfold(x: Tensor, g: Tensor, kh: number, kw: number, geometry: Geometry): Tensor {
  const { stride, top, left, bottom, right } = geometry;
  const padded = pad(x, [
    [0, 0],
    [0, 0],
    [top, bottom],
    [left, right],
  ]);
  const [height, width] = g.shape.slice(2) as [number, number];
  const parts: Tensor[] = [];
  for (let i = 0; i < kh; i++) {
    for (let j = 0; j < kw; j++) {
      parts.push(cutWindow(padded, i, j, height, width, stride));
    }
  }
  return concatenate(parts, 1);
}

function cutWindow(
  x: Tensor,
  top: number,
  left: number,
  height: number,
  width: number,
  stride: number,
): Tensor {
  const ends = [top + (height - 1) * stride + 1, left + (width - 1) * stride + 1];
  if (top === 0 && left === 0 && ends[0] === x.shape[2] && ends[1] === x.shape[3] && stride === 1) return x;
  const controls = [[top, left], ends, [2, 3], [stride, stride]].map(integers);
  return addNode('Slice', [x, ...controls], {
    outputs: [{ shape: [x.shape[0]!, x.shape[1]!, height, width] }],
  })[0]!;
}

// Each channel of each picture is a picture of its own, and the gradient is its kernel, spread by the stride.
function depthwiseWeightGradient(g: Tensor, x: Tensor, weight: Tensor, geometry: Geometry): Tensor {
  const { stride, top, left, bottom, right } = geometry;
  const [kh, kw] = weight.shape.slice(2) as [number, number];
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const [height, width] = g.shape.slice(2) as [number, number];
  const reach = (size: number, before: number, after: number, kernel: number) =>
    size + before + after - ((kernel - 1) * stride + 1) + 1;
  const full = [reach(h, top, bottom, height), reach(w, left, right, width)] as const;
  const responses = addNode('Conv', [reshape(x, [1, n * c, h, w]), reshape(g, [n * c, 1, height, width])], {
    attributes: {
      kernel_shape: [height, width],
      dilations: [stride, stride],
      pads: [top, left, bottom, right],
      group: n * c,
    },
    outputs: [{ shape: [1, n * c, full[0], full[1]] }],
  })[0]!;
  const used = slice(slice(responses, 2, 0, kh), 3, 0, kw);
  return reshape(sum(reshape(used, [n, c, kh, kw]), { axes: [0] }), weight.shape);
}

interface TransposedOptions {
  readonly stride?: number;
  readonly padding?: number;
}

/** 2-D transposed convolution: x [n, c, h, w], weight [c, o, kh, kw], bias [o]; PyTorch's layout. */
export function transposedConvolution(
  x: Tensor,
  weight: Tensor,
  bias?: Tensor,
  options: TransposedOptions = {},
): Tensor {
  const { stride = 1, padding = 0 } = options;
  const given = bias === undefined ? [x, weight] : [x, weight, bias];
  if (x.shape.length !== 4 || weight.shape.length !== 4 || x.shape[1] !== weight.shape[0]) {
    throw new GraphError('transposed convolution', 'channels do not fit', given);
  }
  const [c, o, kh, kw] = weight.shape as [number, number, number, number];
  const [n, , h, w] = x.shape as [number, number, number, number];
  const channelBias = bias === undefined ? undefined : reshape(bias, [1, o, 1, 1]);
  if (kh === stride && kw === stride && padding === 0) {
    // No overlap: one product a position, then the pixels are laid out.
    const kernel = reshape(transpose(weight, [1, 2, 3, 0]), [o * stride * stride, c, 1, 1]);
    const laid = depthToSpace(convolution(x, kernel), stride);
    return channelBias === undefined ? laid : add(laid, channelBias);
  }
  const spread = spreadPixels(x, stride);
  if (padding > Math.min(kh, kw) - 1)
    throw new GraphError('transposed convolution', `padding ${padding} is over the kernel`, given);
  const around: Padding = [kh - 1 - padding, kw - 1 - padding, kh - 1 - padding, kw - 1 - padding];
  const result = convolution(spread, transpose(reverse(weight, [2, 3]), [1, 0, 2, 3]), undefined, {
    padding: around,
  });
  const expected = [(h - 1) * stride - 2 * padding + kh, (w - 1) * stride - 2 * padding + kw];
  if (result.shape[0] !== n || result.shape[2] !== expected[0] || result.shape[3] !== expected[1]) {
    throw new GraphError('transposed convolution', 'has no such geometry', given);
  }
  return channelBias === undefined ? result : add(result, channelBias);
}

/** [n, o x block x block, h, w] to [n, o, h x block, w x block], channels ordered (o, row, column). */
export function depthToSpace(x: Tensor, block: number): Tensor {
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const o = c / (block * block);
  if (!Number.isInteger(o))
    throw new GraphError('depthToSpace', `channels do not divide by ${block * block}`, [x]);
  return addNode('DepthToSpace', [x], {
    attributes: { blocksize: block, mode: 'CRD' },
    outputs: [{ shape: [n, o, h * block, w * block] }],
    gradient: () => (g) => {
      const apart = reshape(g[0]!, [n, o, h, block, w, block]);
      return [reshape(transpose(apart, [0, 1, 3, 5, 2, 4]), x.shape)];
    },
  })[0]!;
}
