import * as ag from '@prs-med/autograd';

const SIDE = 1024;
const RUNS = 6;

/** Speed of a 1024 x 1024 x 1024 matrix product in GFLOP/s: the best of a few runs. */
export async function matrixSpeed(runtime: ag.Runtime): Promise<number> {
  const values = Float32Array.from({ length: SIDE * SIDE }, (_, i) => (i % 7) - 3);
  const x = ag.input('x', [SIDE, SIDE]);
  const session = await runtime.load(
    ag.compile({ product: ag.sum(ag.matmul(x, ag.constant(values, [SIDE, SIDE]))) }),
  );
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now();
    await session.run({ x: { type: 'float32', shape: [SIDE, SIDE], data: values } });
    best = Math.min(best, performance.now() - start);
  }
  await session.release();
  return Math.round((2 * SIDE ** 3) / best / 1e6);
}
