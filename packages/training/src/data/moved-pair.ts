import { labelComponents, type Mask, maskArea, ZONES, type Zone } from '@prs-med/imaging';
import {
  checkPair,
  describeTarget,
  mirrorHalves,
  mirrorSides,
  type Pair,
  type Scene,
  type ZoneRule,
} from '@prs-med/posmed';

/** A target of the moved picture. */
export interface MovedTarget {
  readonly id: string;
  readonly target: string;
  readonly mask: Mask;
}

/** How a picture was turned over. */
export interface Turned {
  /** Left and right changed places. */
  readonly sides: boolean;
  /** Top and bottom changed places. */
  readonly halves: boolean;
}

/** The regions of the moved picture that make the truth must cover this much of it. */
const COVERED = 0.95;

/**
 * The pair as it is about the moved picture: its words turned over with it. Null when it is no longer true there: the
 * target has come to lie in another zone, a region has left the picture, two have grown together.
 * @param truth the moved mask of what the question asks for
 */
export function movePair(
  pair: Pair,
  modality: string,
  targets: readonly MovedTarget[],
  truth: Mask,
  turned: Turned,
  zoneRule: ZoneRule = 'box',
): Pair | null {
  if (pair.truth.length > 0 && maskArea(truth) === 0) return null;
  const { width, height } = truth;
  const scene: Scene = {
    modality,
    width,
    height,
    targets: targets.map(({ id, target, mask }) => describeTarget(id, target, mask, { rule: zoneRule })),
  };
  const ids = moveTruth(pair.truth, targets, truth);
  if (ids === null) return null;
  const moved = { ...turnPair(pair, turned), truth: ids };
  return checkPair(moved, scene, zoneRule) === null ? moved : null;
}

function turnPair(pair: Pair, { sides, halves }: Turned): Pair {
  const turnText = (text: string): string => {
    const turned = sides ? mirrorSides(text) : text;
    return halves ? mirrorHalves(turned) : turned;
  };
  const turnZones = (zones: readonly Zone[]): Zone[] => {
    const turned = new Set(zones.map(turnText));
    return ZONES.filter((zone) => turned.has(zone));
  };
  const { side } = pair.asked;
  return {
    ...pair,
    question: turnText(pair.question),
    answer: turnText(pair.answer),
    zones: turnZones(pair.zones),
    asked: {
      ...pair.asked,
      zones: turnZones(pair.asked.zones),
      side: sides && side !== null ? (side === 'left' ? 'right' : 'left') : side,
    },
  };
}

/** Whole targets keep their ids; regions are found again by where the truth lies now. */
function moveTruth(ids: readonly string[], targets: readonly MovedTarget[], truth: Mask): string[] | null {
  const moved: string[] = [];
  for (const { id, mask } of targets) {
    if (ids.includes(id)) moved.push(id);
    else if (ids.some((other) => other.startsWith(`${id}#`))) {
      const regions = regionsUnder(mask, truth);
      if (regions === null) return null;
      moved.push(...regions.map((label) => `${id}#${label}`));
    }
  }
  return moved;
}

function regionsUnder(mask: Mask, truth: Mask): number[] | null {
  const { count, labels } = labelComponents(mask);
  const inside = new Float64Array(count + 1);
  const area = new Float64Array(count + 1);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (label === 0) continue;
    area[label]!++;
    if (truth.data[i] !== 0) inside[label]!++;
  }
  const regions: number[] = [];
  let covered = 0;
  for (let label = 1; label <= count; label++) {
    const share = inside[label]! / area[label]!;
    // A region that is in part what was asked for has grown together with another.
    if (share > 1 - COVERED && share < COVERED) return null;
    if (share < COVERED) continue;
    regions.push(label);
    covered += inside[label]!;
  }
  return covered >= COVERED * maskArea(truth) ? regions : null;
}
