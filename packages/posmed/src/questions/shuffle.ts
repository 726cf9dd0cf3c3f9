import type { Random } from '../random.js';

/** The items in another order, each order as likely as the others. */
export function shuffle<T>(items: readonly T[], random: Random): T[] {
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const at = random.integer(last + 1);
    [shuffled[at], shuffled[last]] = [shuffled[last]!, shuffled[at]!];
  }
  return shuffled;
}
