import { ZONES, type Zone } from '@prs-med/imaging';
import type { Pair } from '../pair.js';
import { clearRegions, zoneOfRegions } from '../position/find-places.js';
import type { Scene, SceneRegion, SceneTarget } from '../scene.js';
import { parseSentence } from './sentence.js';

const DIAGNOSES = /\b(?:benign|malignan\w*|cancer\w*|carcinoma\w*|melanoma\w*)\b/i;

/**
 * Checks a pair against the masks of its picture.
 * @returns null when the pair says nothing that the masks contradict, else the reason in words
 */
export function checkPair(pair: Pair, scene: Scene): string | null {
  const diagnosis = DIAGNOSES.exec(pair.answer);
  if (diagnosis) return `the answer names a diagnosis, "${diagnosis[0]}"`;
  const target = scene.targets.find((candidate) => candidate.target === pair.target);
  const truth: (SceneTarget | SceneRegion)[] = [];
  for (const id of pair.truth) {
    const found = target?.id === id ? target : target?.regions.find((region) => region.id === id);
    if (!found) return `the truth "${id}" is no "${pair.target}" of the picture`;
    truth.push(found);
  }
  const regions = truth.flatMap((found) => ('regions' in found ? clearRegions(found) : [found]));
  const answer = parseSentence(pair.answer, pair.laterality);
  const present = regions.length > 0;
  if (answer.presence !== null && (answer.presence === 'yes') !== present) {
    return `the answer says ${answer.presence} and the masks show ${present ? 'it' : 'none'}`;
  }
  if (answer.zones.join() !== pair.zones.join()) {
    return `the answer says ${list(answer.zones)} and the pair's zones are ${list(pair.zones)}`;
  }
  const whole = zoneOfRegions(scene, regions);
  const right: readonly Zone[] =
    answer.zones.length > 1
      ? ZONES.filter((zone) => regions.some((region) => region.zone === zone))
      : whole
        ? [whole]
        : [];
  if (present && answer.zones.some((zone) => !right.includes(zone))) {
    return `the answer says ${list(answer.zones)} and the mask's zone is ${list(right)}`;
  }
  return null;
}

function list(zones: readonly Zone[]): string {
  return zones.length === 0 ? 'no zone' : zones.join(' and ');
}
