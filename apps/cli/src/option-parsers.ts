import { InvalidArgumentError, Option } from 'commander';

/** A whole number from `least` on, up to `most`, for commander. */
export const wholeNumber =
  (least: number, most = Number.POSITIVE_INFINITY) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most) {
      const range = most === Number.POSITIVE_INFINITY ? `from ${least}` : `from ${least} to ${most}`;
      throw new InvalidArgumentError(`It must be a whole number ${range}.`);
    }
    return value;
  };

/** A number strictly between 0 and 1, for commander. */
export function betweenZeroAndOne(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0 && value < 1)) {
    throw new InvalidArgumentError('It must be a number between 0 and 1.');
  }
  return value;
}

/** What computes: the processor, or a graphics card by CUDA or WebGPU. */
export type Provider = 'cpu' | 'cuda' | 'webgpu';

export const providerOption = (): Option =>
  new Option('--provider <name>', 'what computes').choices(['cpu', 'cuda', 'webgpu']).default('cpu');
