import { ZONES, type Zone } from '@prs-med/imaging';
import type { DatasetImage } from '../dataset/dataset-image.js';
import { type Finding, Found } from './finding.js';

/** Where the masks of a target lie in the images of a modality. */
export interface ZoneBalance {
  modality: string;
  target: string;
  /** Masks whose zone it is, over all splits; empty masks have none. */
  zones: Record<Zone, number>;
}

/** A zone that holds more than this share of a target's masks is warned of. */
const MOST_IN_A_ZONE = 0.6;
/** Of fewer masks nothing is said. */
const FEWEST = 20;

/** Counts the zones of masks by modality and target. */
export function createBalanceCheck(): {
  add(image: DatasetImage): void;
  /** By modality and target, in the order of their names. */
  balance(): ZoneBalance[];
  findings(): Finding[];
} {
  const counts = new Map<string, ZoneBalance>();
  const balance = (): ZoneBalance[] =>
    [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, found]) => found);
  return {
    add({ image: { modality }, targets }) {
      for (const { target, zone } of targets) {
        const key = `${modality}\n${target}`;
        let found = counts.get(key);
        if (!found) {
          const zones = Object.fromEntries(ZONES.map((name) => [name, 0])) as Record<Zone, number>;
          found = { modality, target, zones };
          counts.set(key, found);
        }
        if (zone !== null) found.zones[zone]++;
      }
    },
    balance,
    findings() {
      const uneven = new Found();
      for (const { modality, target, zones } of balance()) {
        const total = ZONES.reduce((sum, zone) => sum + zones[zone], 0);
        const most = ZONES.reduce((a, b) => (zones[b] > zones[a] ? b : a));
        if (total < FEWEST || zones[most] <= MOST_IN_A_ZONE * total) continue;
        const share = ((100 * zones[most]) / total).toFixed(1);
        uneven.add(`${share} % of ${total} masks of ${target} in ${modality} are ${most}`);
      }
      return uneven.findings(
        'uneven-zones',
        'warning',
        `one zone holds more than ${MOST_IN_A_ZONE * 100} % of a target's masks`,
      );
    },
  };
}
