import { uniformFloat32 } from 'pure-rand/distribution/uniformFloat32';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/** A seeded stream of random values. Calling any method advances it. */
export interface Random {
  /** A value in [0, 1). */
  next(): number;
  /** An integer in [0, below). */
  integer(below: number): number;
  /** A value in [low, high). */
  between(low: number, high: number): number;
  /** True with the given probability. */
  chance(probability: number): boolean;
  /** A value of the standard normal distribution. */
  normal(): number;
  /** One of the items, each as likely as the others. */
  pick<T>(items: readonly T[]): T;
}

/**
 * The generator of one sample, keyed by the run's seed, the name of a stream and the sample's index. It is
 * the same whatever was drawn before, so that order, workers and a resumed run change nothing.
 */
export function createRandom(seed: number, stream: string, index: number): Random {
  const low = index >>> 0;
  const high = Math.floor(index / 2 ** 32) >>> 0;
  const key = hashText(stream);
  const first = mix(mix(seed >>> 0) ^ key);
  const second = mix(first ^ low);
  const third = mix(second ^ high ^ 0x9e3779b9);
  const fourth = mix(third ^ Math.floor(seed / 2 ** 32)) | 1; // an all-zero state would never leave zero
  const generator = xoroshiro128plusFromState([first | 0, second | 0, third | 0, fourth | 0]);
  const next = () => uniformFloat32(generator);
  const integer = (below: number) => Math.floor(next() * below);
  return {
    next,
    integer,
    between: (low, high) => low + (high - low) * next(),
    chance: (probability) => next() < probability,
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    pick: (items) => {
      if (items.length === 0) throw new Error('random pick: there is nothing to pick from');
      return items[integer(items.length)]!;
    },
  };
}

/** Murmur3's finalizer: every input bit changes about half of the output's. */
function mix(value: number): number {
  let bits = (value + 0x6d2b79f5) | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let position = 0; position < text.length; position++) {
    hash = Math.imul(hash ^ text.charCodeAt(position), 0x01000193);
  }
  return hash >>> 0;
}
