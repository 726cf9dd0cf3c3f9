import { ZONES, type Zone } from '@prs-med/imaging';
import type { RowScore } from './row-score.js';

/** Where something was said to be: a zone, several, or none. */
export type SaidZone = Zone | 'several' | 'none';

/** How often something in a zone (the row) was said to be in another (the column). */
export type ZoneConfusion = Readonly<Record<Zone, Readonly<Record<SaidZone, number>>>>;

/** Over rows that have a truth and whose reference names one zone. */
export interface ZoneConfusions {
  /** By the zones that answers name; a denial counts as none. Null without answers. */
  readonly answers: ZoneConfusion | null;
  /** By the zones of masks; never several. Null without masks. */
  readonly masks: ZoneConfusion | null;
}

export function confuseZones(rows: readonly RowScore[]): ZoneConfusions {
  const answers: [Zone, SaidZone][] = [];
  const masks: [Zone, SaidZone][] = [];
  for (const { zones, saidZones, denies, truthPixels, predictedPixels, maskZone } of rows) {
    const [zone, ...more] = zones;
    if (zone === undefined || more.length > 0 || truthPixels === 0) continue;
    if (saidZones) answers.push([zone, denies ? 'none' : saidZone(saidZones)]);
    if (predictedPixels !== null) masks.push([zone, maskZone ?? 'none']);
  }
  return { answers: countPairs(answers), masks: countPairs(masks) };
}

function saidZone([zone, ...more]: readonly Zone[]): SaidZone {
  if (zone === undefined) return 'none';
  return more.length > 0 ? 'several' : zone;
}

function countPairs(pairs: readonly (readonly [Zone, SaidZone])[]): ZoneConfusion | null {
  if (pairs.length === 0) return null;
  const names: readonly SaidZone[] = [...ZONES, 'several', 'none'];
  const counts = Object.fromEntries(
    ZONES.map((zone) => [zone, Object.fromEntries(names.map((said) => [said, 0]))]),
  ) as Record<Zone, Record<SaidZone, number>>;
  for (const [zone, said] of pairs) counts[zone][said]++;
  return counts;
}
