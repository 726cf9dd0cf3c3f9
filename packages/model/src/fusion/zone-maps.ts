import type { Tensor } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';

/** What a question may ask for, in the order of every vector that speaks of it. */
export const ASKED = [
  'top-left',
  'top-right',
  'bottom-left',
  'bottom-right',
  'center',
  'left',
  'right',
  'all',
] as const;

export type Asked = (typeof ASKED)[number];

/** How far from the middle the central zone reaches, as a share of the side. */
const CENTRAL_REACH = 0.25;

/** Where each of the asked things lies: [1, 8, size, size], soft by one cell at every border. */
export function zoneMaps(size: number): Tensor {
  const data = new Float32Array(ASKED.length * size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const x = (column + 0.5) / size - 0.5;
      const y = (row + 0.5) / size - 0.5;
      const soft = (distance: number) => Math.min(Math.max(0.5 + distance * size * 0.5, 0), 1);
      const [left, right, top, bottom] = [soft(-x), soft(x), soft(-y), soft(y)];
      const central = soft(CENTRAL_REACH - Math.max(Math.abs(x), Math.abs(y)));
      const values = [top * left, top * right, bottom * left, bottom * right, central, left, right, 1];
      values.forEach((value, index) => {
        data[(index * size + row) * size + column] = value;
      });
    }
  }
  return ag.constant(data, [1, ASKED.length, size, size]);
}

/** The maps weighted by how surely each is asked for: probabilities [n, 8] to [n, 8, size, size]. */
export const askedMaps = (probabilities: Tensor, size: number): Tensor =>
  ag.multiply(ag.reshape(probabilities, [probabilities.shape[0]!, ASKED.length, 1, 1]), zoneMaps(size));
