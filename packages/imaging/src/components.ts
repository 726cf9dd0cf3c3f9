import { type Box, checkSize, type Mask, type Point } from './picture.js';

/** A connected component: its number from 1 on, pixels, box, and the mean of its pixels' positions. */
export interface Component {
  label: number;
  area: number;
  box: Box;
  centroid: Point;
}

/** The number of components, and each pixel's: 0 for background, else 1 to `count`; row-major. */
export interface Labels {
  count: number;
  labels: Int32Array;
}

/** The runs of target pixels, in reading order, and the number from 0 on of each run's component. */
interface Runs {
  rows: Int32Array;
  starts: Int32Array;
  /** One past the last column. */
  ends: Int32Array;
  component: Int32Array;
  count: number;
  components: number;
}

/**
 * Labels the 8-connected components of a mask.
 * They are numbered as OpenCV's `connectedComponents` does, which the released PRS-Med code called: by the
 * first 2 x 2 block of pixels, in reading order of blocks, that holds a part of them.
 */
export function labelComponents(mask: Mask): Labels {
  const runs = connectRuns(mask);
  const labels = new Int32Array(mask.width * mask.height);
  for (let r = 0; r < runs.count; r++) {
    const row = runs.rows[r]! * mask.width;
    labels.fill(runs.component[r]! + 1, row + runs.starts[r]!, row + runs.ends[r]!);
  }
  return { count: runs.components, labels };
}

/** The 8-connected components with their areas, boxes and centroids, in the order of {@link labelComponents}. */
export function findComponents(mask: Mask): Component[] {
  const runs = connectRuns(mask);
  const { components } = runs;
  const area = new Float64Array(components);
  const sumX = new Float64Array(components);
  const sumY = new Float64Array(components);
  const left = new Int32Array(components).fill(mask.width);
  const right = new Int32Array(components);
  const top = new Int32Array(components).fill(-1);
  const bottom = new Int32Array(components);
  for (let r = 0; r < runs.count; r++) {
    const c = runs.component[r]!;
    const y = runs.rows[r]!;
    const start = runs.starts[r]!;
    const end = runs.ends[r]!;
    const length = end - start;
    area[c] = area[c]! + length;
    sumX[c] = sumX[c]! + ((start + end - 1) / 2) * length;
    sumY[c] = sumY[c]! + y * length;
    if (start < left[c]!) left[c] = start;
    if (end > right[c]!) right[c] = end;
    if (top[c] === -1) top[c] = y;
    bottom[c] = y + 1;
  }
  return Array.from(area, (pixels, c) => ({
    label: c + 1,
    area: pixels,
    box: [left[c]!, top[c]!, right[c]! - left[c]!, bottom[c]! - top[c]!],
    centroid: [sumX[c]! / pixels, sumY[c]! / pixels],
  }));
}

/** The mask of the component with the most pixels (the first of equals); an empty mask stays empty. */
export function largestComponent(mask: Mask): Mask {
  const components = findComponents(mask);
  const largest = components.reduce(
    (best, next) => (next.area > (best?.area ?? 0) ? next : best),
    components[0],
  );
  return keepComponents(mask, (component) => component === largest, components);
}

/** The mask without components of less than `minimumAreaFraction` (0 to 1) of all pixels. */
export function dropSmallComponents(mask: Mask, minimumAreaFraction: number): Mask {
  const pixels = mask.width * mask.height;
  return keepComponents(mask, ({ area }) => area / pixels >= minimumAreaFraction);
}

/** The mask of those components for which `keep` is true. */
export function keepComponents(
  mask: Mask,
  keep: (component: Component) => boolean,
  components: Component[] = findComponents(mask),
): Mask {
  const { labels } = labelComponents(mask);
  const kept = new Uint8Array(components.length + 1);
  for (const component of components) kept[component.label] = keep(component) ? 1 : 0;
  const data = new Uint8Array(labels.length);
  for (let i = 0; i < data.length; i++) data[i] = kept[labels[i]!]!;
  return { width: mask.width, height: mask.height, data };
}

/**
 * Two passes over runs instead of pixels: joining each with those it touches in the row above, then numbering.
 * Source: run-based union-find labelling after He, Chao and Suzuki (2008).
 */
function connectRuns(mask: Mask): Runs {
  checkSize('mask', mask);
  const { width, height, data } = mask;
  let capacity = 256;
  let rows = new Int32Array(capacity);
  let starts = new Int32Array(capacity);
  let ends = new Int32Array(capacity);
  let parents = new Int32Array(capacity);
  let count = 0;
  let above = 0;
  for (let y = 0; y < height; y++) {
    const rowStart = count;
    const base = y * width;
    let candidate = above;
    let x = 0;
    while (x < width) {
      while (x < width && data[base + x] === 0) x++;
      if (x === width) break;
      const start = x;
      while (x < width && data[base + x] !== 0) x++;
      if (count === capacity) {
        capacity *= 2;
        rows = grown(rows, capacity);
        starts = grown(starts, capacity);
        ends = grown(ends, capacity);
        parents = grown(parents, capacity);
      }
      rows[count] = y;
      starts[count] = start;
      ends[count] = x;
      parents[count] = count;
      // Touching by a corner counts, hence the equals.
      while (candidate < rowStart && ends[candidate]! < start) candidate++;
      for (let r = candidate; r < rowStart && starts[r]! <= x; r++) join(parents, r, count);
      count++;
    }
    above = rowStart;
  }
  const numbered = numberComponents(rows, starts, parents, count, width);
  return { rows, starts, ends, count, ...numbered };
}

function numberComponents(
  rows: Int32Array,
  starts: Int32Array,
  parents: Int32Array,
  count: number,
  width: number,
): { component: Int32Array; components: number } {
  const blocksAcross = (width + 1) >> 1;
  const component = new Int32Array(count);
  const firstBlock: number[] = [];
  for (let r = 0; r < count; r++) {
    const root = rootOf(parents, r);
    const block = (rows[r]! >> 1) * blocksAcross + (starts[r]! >> 1);
    // A root is the first run of its component, so it is met first.
    if (root === r) {
      component[r] = firstBlock.push(block) - 1;
    } else {
      const c = component[root]!;
      component[r] = c;
      if (block < firstBlock[c]!) firstBlock[c] = block;
    }
  }
  const order = firstBlock.map((_, c) => c).sort((a, b) => firstBlock[a]! - firstBlock[b]!);
  const place = new Int32Array(order.length);
  for (let i = 0; i < order.length; i++) place[order[i]!] = i;
  for (let r = 0; r < count; r++) component[r] = place[component[r]!]!;
  return { component, components: order.length };
}

function join(parents: Int32Array, a: number, b: number): void {
  const rootA = rootOf(parents, a);
  const rootB = rootOf(parents, b);
  if (rootA < rootB) parents[rootB] = rootA;
  else parents[rootA] = rootB;
}

function rootOf(parents: Int32Array, run: number): number {
  let root = run;
  while (parents[root] !== root) {
    parents[root] = parents[parents[root]!]!;
    root = parents[root]!;
  }
  return root;
}

function grown(values: Int32Array<ArrayBuffer>, capacity: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(capacity);
  larger.set(values);
  return larger;
}
