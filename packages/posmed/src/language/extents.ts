import { joinFootprints } from '../position/zone-rule.js';
import type { PairTruth } from './truth-of-pair.js';

/** "about 5 % of the image", "40 percent of the height" */
const SHARE =
  /(less than |more than )?(\d+(?:\.\d+)?) ?(?:%|per ?cent)(?: of (?:the|its|this) (?:\w+(?:'s)? ){0,2}?(width|height))?/gi;

/** Shares of the picture that an answer states, against the mask's area, width and height; null when they agree. */
export function checkExtents(answer: string, { scene, regions }: PairTruth): string | null {
  if (!answer.includes('%') && !/per ?cent/i.test(answer)) return null;
  const whole = joinFootprints(regions);
  if (!whole) return null;
  for (const [, bound, said, direction] of answer.matchAll(SHARE)) {
    const real = 100 * shareOf(direction?.toLowerCase());
    if (agrees(Number(said), real, bound?.toLowerCase())) continue;
    const of = direction ? `the ${direction.toLowerCase()}` : 'the picture';
    return `the answer says ${bound ?? ''}${said} % of ${of} and the mask takes ${real.toFixed(1)} %`;
  }
  return null;

  function shareOf(direction: string | undefined): number {
    if (direction === 'width') return whole!.box[2] / scene.width;
    if (direction === 'height') return whole!.box[3] / scene.height;
    return whole!.area / (scene.width * scene.height);
  }
}

function agrees(said: number, real: number, bound: string | undefined): boolean {
  const slack = real < 10 ? Math.max(1, real / 4) : 3 + real / 10;
  if (bound?.startsWith('less')) return real <= said + slack / 2;
  if (bound?.startsWith('more')) return real >= said - slack / 2;
  return Math.abs(said - real) <= slack;
}
