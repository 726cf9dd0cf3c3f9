import { OUTPUT } from '../language/checkpoint-weights.js';
import { OUTPUT_BITS } from '../language/quantize-checkpoint.js';
import type { WeightBits } from '../language/quantized-matrix.js';

/** What quantising cost a model's linears together. */
export interface QuantizationSummary {
  readonly mean: number;
  readonly largest: number;
  /** The linear with the largest error. */
  readonly largestIn: string;
}

/** Mean and largest of the errors of the layers' linears by name, to four digits. Throws an Error when there are none. */
export function summarizeErrors(errors: ReadonlyMap<string, number>): QuantizationSummary {
  const sorted = [...errors].filter(([name]) => name !== OUTPUT).sort(([, a], [, b]) => b - a);
  const [worst] = sorted;
  if (worst === undefined) throw new Error('summarizeErrors: no linear was quantised');
  const mean = sorted.reduce((sum, [, error]) => sum + error, 0) / sorted.length;
  return { mean: rounded(mean), largest: rounded(worst[1]), largestIn: worst[0] };
}

const rounded = (value: number): number => Math.round(value * 1e4) / 1e4;

/**
 * Markdown for a model card: what quantising to so many bits cost each linear of each layer. Names are
 * `model.layers.N.PART.LINEAR`, and that of the output layer.
 */
export function quantizationNote(errors: ReadonlyMap<string, number>, bits: WeightBits): string {
  const layers = new Map<string, Map<string, number>>();
  for (const [name, error] of errors) {
    if (name === OUTPUT) continue;
    const [, , layer, , linear] = name.split('.') as [string, string, string, string, string];
    const row = layers.get(layer) ?? new Map<string, number>();
    layers.set(layer, row.set(linear, error));
  }
  const { mean, largest, largestIn } = summarizeErrors(errors);
  const columns = [...[...layers.values()][0]!.keys()];
  return [
    '## Quantisation',
    `Root mean square error of the ${bits}-bit weights over the standard deviation of the weights of the checkpoint; blocks of 32`,
    `with a scale${bits === 4 ? ' and a zero point' : ''}. ${mean} in the mean, ${largest} at most, in ${largestIn}.`,
    `The output layer, in ${OUTPUT_BITS} bits: ${errors.get(OUTPUT)!.toFixed(4)}.`,
    '',
    `| layer | ${columns.join(' | ')} |`,
    `|---|${columns.map(() => '---|').join('')}`,
    ...[...layers]
      .sort(([a], [b]) => Number(a) - Number(b))
      .map(
        ([layer, row]) =>
          `| ${layer} | ${columns.map((column) => row.get(column)!.toFixed(4)).join(' | ')} |`,
      ),
  ].join('\n');
}
