import { type Mask, maskArea } from '@prs-med/imaging';
import type { Pair, Random, ZoneRule } from '@prs-med/posmed';
import { type Colour, drawColour, SAME_COLOUR } from './colour.js';
import { movePair } from './moved-pair.js';
import { type PictureFormat, renderPicture } from './render.js';
import type { PackedMask, SourcePicture } from './source-picture.js';
import { drawWarp, IDENTITY_WARP, type Warp, warpMask } from './warp.js';

/** A decoded picture, its targets' masks and those of what a pair asks for, as the loader keeps them. */
export interface Source {
  readonly modality: string;
  readonly zoneRule: ZoneRule;
  readonly picture: SourcePicture;
  /** The same for the tower of a language model that has one. */
  readonly towerPicture?: SourcePicture;
  readonly targets: readonly { readonly id: string; readonly target: string; readonly mask: PackedMask }[];
}

/** A pair as it is about the picture that was written, and the mask of what it asks for. */
export interface Sample {
  readonly pair: Pair;
  readonly truth: Mask;
}

/** A sample, and how its picture was changed. */
export interface View extends Sample {
  readonly warp: Warp;
  readonly colour: Colour;
}

/** Share of the target that must still be seen after a warp. */
const SMALLEST_VISIBLE = 0.6;
const WARP_TRIES = 5;

/**
 * Changes a picture and what is right about it alike at random, and writes the picture to `out` as normalised planes
 * (CHW) from `offset`. A warp under which the pair is no longer true is drawn again; in the end the picture stays where it
 * is.
 * @param truth the mask of what the pair asks for
 */
export function augment(
  source: Source,
  pair: Pair,
  truth: PackedMask,
  random: Random,
  format: PictureFormat,
  out: Float32Array,
  offset = 0,
): View {
  const { modality, picture } = source;
  const sample = drawTrueWarp(source, pair, truth, random, format.size);
  const colour = drawColour(random, modality);
  renderPicture(picture, sample.warp, colour, format, out, offset);
  return { ...sample, colour };
}

/** The picture as it is in use: stretched to the square and normalised, nothing at random. */
export function prepare(
  source: Source,
  pair: Pair,
  truth: PackedMask,
  format: PictureFormat,
  out: Float32Array,
  offset = 0,
): View {
  const [warp, colour] = [IDENTITY_WARP, SAME_COLOUR];
  renderPicture(source.picture, warp, colour, format, out, offset);
  return { pair, truth: warpMask(truth, warp, format.size), warp, colour };
}

function drawTrueWarp(
  { modality, zoneRule, picture, targets }: Source,
  pair: Pair,
  truth: PackedMask,
  random: Random,
  size: number,
): Sample & { warp: Warp } {
  for (let attempt = 0; attempt < WARP_TRIES; attempt++) {
    const warp = drawWarp(random, modality, picture.aspect, attempt === WARP_TRIES - 1);
    const moved = warpMask(truth, warp, size);
    if (visibleShare(moved, truth, warp) < SMALLEST_VISIBLE) continue;
    const masks = targets.map(({ id, target, mask }) => ({ id, target, mask: warpMask(mask, warp, size) }));
    const turned = { sides: warp.a < 0, halves: warp.e < 0 };
    const movedPair = movePair(pair, modality, masks, moved, turned, zoneRule);
    if (movedPair !== null) return { warp, pair: movedPair, truth: moved };
  }
  return { warp: IDENTITY_WARP, pair, truth: warpMask(truth, IDENTITY_WARP, size) };
}

function visibleShare(moved: Mask, { areaFraction }: PackedMask, { areaScale }: Warp): number {
  if (areaFraction === 0) return 1;
  return maskArea(moved) / (areaFraction * areaScale * moved.data.length);
}
