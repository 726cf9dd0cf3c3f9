import type { Zone } from '@prs-med/imaging';
import { clearRegions, findPlaces, type Places, zoneOfRegions } from '../position/find-places.js';
import type { Half, Side } from '../position/places.js';
import { onBothSides } from '../position/relate-regions.js';
import type { Scene, SceneRegion, SceneTarget } from '../scene.js';
import { type TargetWords, targetWords } from './vocabulary.js';

/** What can be said of a target of a picture without doubt. */
export interface Subject {
  scene: Scene;
  target: SceneTarget;
  words: TargetWords;
  /** Its regions that are more than specks; none when it is not there. */
  clear: readonly SceneRegion[];
  places: Places;
  /** Of the clear regions as one. */
  zone: Zone | null;
  nearCenter: boolean;
  /** The quadrant that nearly all of it lies in. */
  quadrant: Zone | null;
  /** The side and the half that all of it lies in. */
  side: Side | null;
  half: Half | null;
  /** Whether it lies around the center, as several regions none of which is there. */
  isSpread: boolean;
  /** Whether some of its regions are wholly on one side of the picture and the others on the other. */
  onBothSides: boolean;
  /** Whether "the lesion" can mean nothing else in the picture. */
  isOnlyFinding: boolean;
  /** Whether the whole is spoken of in the plural. */
  isMany: boolean;
}

/** The share of a target's pixels in a quadrant from which on it is said to lie there. */
const QUADRANT_SHARE = 0.8;
/** A region that reaches this far over the middle, as a share of the width, may be a pair that is joined. */
const JOINED_OVERLAP = 0.1;

/** What the facts of a scene say of one of its targets. */
export function describeSubject(scene: Scene, target: SceneTarget): Subject {
  const words = targetWords(target.target, scene.modality);
  const clear = clearRegions(target);
  const places = findPlaces(scene, target, words.paired);
  const zone = zoneOfRegions(scene, clear);
  const isCorner = zone !== null && zone !== 'center';
  const isOnBothSides = onBothSides(scene, target);
  return {
    scene,
    target,
    words,
    clear,
    places,
    zone,
    nearCenter: isCorner && zone === target.zone && target.nearCenter,
    quadrant: isCorner && target.quarters[zone] >= QUADRANT_SHARE ? zone : null,
    side: isCorner ? onlySide(places) : null,
    half: isCorner ? onlyHalf(places) : null,
    isSpread: zone === 'center' && clear.every((region) => region.zone !== 'center' && !region.nearCenter),
    onBothSides: isOnBothSides,
    isOnlyFinding: scene.targets.every((other) => other === target || !targetWords(other.target).finding),
    isMany: !words.unique && (words.paired ? isOnBothSides || isJoined(scene, clear) : clear.length > 1),
  };
}

function onlySide({ sides, emptySides }: Places): Side | null {
  const [place] = sides;
  return sides.length === 1 && emptySides.length === 1 && place!.kind === 'side' ? place!.side : null;
}

function onlyHalf({ zones, emptyZones }: Places): Half | null {
  const full = zones.filter((place) => place.kind === 'half');
  return full.length === 1 && emptyZones.some(({ kind }) => kind === 'half') ? full[0]!.half : null;
}

/** Whether lungs may have grown into one region, or their parts lie on both sides though not clearly. */
function isJoined(scene: Scene, clear: readonly SceneRegion[]): boolean {
  const slack = JOINED_OVERLAP * scene.width;
  const left = Math.min(...clear.map(({ box }) => box[0]));
  const right = Math.max(...clear.map(({ box }) => box[0] + box[2]));
  return left < scene.width / 2 - slack && right > scene.width / 2 + slack;
}
