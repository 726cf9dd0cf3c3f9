import * as ag from '@prs-med/autograd';
import { rootScope, type Scope } from '@prs-med/nn';
import { expect } from 'vitest';

/** Numbers between -0.6 and 0.6, the same for the same seed, without a pattern that a norm would cancel. */
export const waves = (length: number, seed: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => 0.6 * Math.sin(1.7 * i + seed + Math.sin(0.9 * i * seed)));

/** How far to go along a direction: less, and the rounding of float32 shows; more, and other rectifiers bend. */
const STEP = 4e-3;

/**
 * Expects the gradient of each parameter, along one direction of it, to be the slope of the loss in that direction:
 * differences of fourth order. The loss weighs every output.
 * @param valuesOf where it is tested: values of a parameter by its name, shape and place
 */
export async function expectDifferences(
  runtime: ag.Runtime,
  shapes: ReadonlyMap<string, ag.Shape>,
  build: (scope: Scope) => ag.Tensor,
  valuesOf = (_name: string, shape: ag.Shape, place: number) => waves(ag.elementCount(shape), place + 1),
): Promise<void> {
  const inputs = new Map<string, ag.Tensor>();
  const out = build(
    rootScope((name, shape) => {
      const parameter = inputs.get(name) ?? ag.input(name, shape);
      inputs.set(name, parameter);
      return parameter;
    }),
  );
  const loss = ag.sum(ag.multiply(out, ag.constant(waves(ag.elementCount(out.shape), 7), out.shape)));
  const parameters = [...shapes.keys()].map((name) => inputs.get(name)!);
  const slopes = ag.gradients(loss, parameters).map((gradient, index) => {
    const { shape } = parameters[index]!;
    return ag.sum(ag.multiply(gradient, ag.constant(waves(ag.elementCount(shape), index + 11), shape)));
  });
  const names = [...shapes.keys()];
  const session = await runtime.load(
    ag.compile({ loss, ...Object.fromEntries(slopes.map((slope, i) => [`slope_${i}`, slope])) }),
    { threads: 1 },
  );
  const forward = await runtime.load(ag.compile({ out }), { threads: 1 });
  const weights = waves(ag.elementCount(out.shape), 7);
  const feeds = (moved: number, by: number): ag.Values =>
    Object.fromEntries(
      [...shapes].map(([name, shape], index) => {
        const data = valuesOf(name, shape, index);
        if (index === moved) {
          const direction = waves(data.length, index + 11);
          for (let i = 0; i < data.length; i++) data[i] = data[i]! + by * direction[i]!;
        }
        return [name, { type: 'float32', shape, data }];
      }),
    );
  // Summed in double precision: differences of a float32 sum would drown in its rounding.
  const lossAt = async (moved: number, by: number): Promise<number> => {
    const data = (await forward.run(feeds(moved, by))).out!.data as Float32Array;
    return data.reduce((total, value, i) => total + value * weights[i]!, 0);
  };
  const results = await session.run(feeds(-1, 0));
  for (const [index, name] of names.entries()) {
    const difference = async (by: number) => (await lossAt(index, by)) - (await lossAt(index, -by));
    const numeric = (8 * (await difference(STEP)) - (await difference(2 * STEP))) / (12 * STEP);
    const analytic = results[`slope_${index}`]!.data[0] as number;
    expect(
      Math.abs(analytic - numeric),
      `${name}: slope ${analytic}, by differences ${numeric}`,
    ).toBeLessThan(5e-4 + 5e-3 * Math.abs(numeric));
  }
  await session.release();
  await forward.release();
}
