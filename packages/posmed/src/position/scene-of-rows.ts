import type { ImageRow, TargetRow } from '../dataset/schema.js';
import type { Scene, SceneTarget } from '../scene.js';

/** The scene of a picture from its rows in a PosMed folder. */
export function sceneOfRows(
  image: Pick<ImageRow, 'modality' | 'width' | 'height'>,
  targets: readonly TargetRow[],
): Scene {
  const { modality, width, height } = image;
  return { modality, width, height, targets: targets.map(targetOfRow) };
}

/** The row of a target in targets.parquet. */
export function rowOfTarget(
  target: SceneTarget,
  rest: { image: string; maskFile: string | null; rle: string },
): TargetRow {
  const { id, target: name, zone, nearCenter, box, area, quarters, regions } = target;
  const { image, maskFile, rle } = rest;
  return {
    id,
    image,
    target: name,
    maskFile,
    rle,
    zone,
    nearCenter,
    box,
    area,
    quarters: [
      quarters['top-left'],
      quarters['top-right'],
      quarters['bottom-left'],
      quarters['bottom-right'],
    ],
    regions: regions.map((region) => ({
      zone: region.zone,
      nearCenter: region.nearCenter,
      box: region.box,
      centroid: region.centroid,
      area: region.area,
    })),
  };
}

function targetOfRow(row: TargetRow): SceneTarget {
  const { id, target, area, box, zone, nearCenter, quarters, regions } = row;
  const [topLeft, topRight, bottomLeft, bottomRight] = quarters;
  return {
    id,
    target,
    area,
    box,
    zone,
    nearCenter,
    quarters: {
      'top-left': topLeft,
      'top-right': topRight,
      'bottom-left': bottomLeft,
      'bottom-right': bottomRight,
    },
    regions: regions.map((region, index) => ({ id: `${id}#${index + 1}`, ...region })),
  };
}
