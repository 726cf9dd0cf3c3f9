import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Mask } from '@prs-med/imaging';

/** A mask and what the released code says of it. */
export interface GoldenZone {
  name: string;
  mask: Mask;
  zone: string;
  near_center: boolean;
  /** One entry, "no mask", for an empty mask. */
  first_and_last_component: string[];
}

const folder = fileURLToPath(new URL('../../../../../shared/golden/', import.meta.url));

/** Whether the golden values are beside this checkout. */
export const hasGoldenZones = existsSync(`${folder}zones.json`);

/** All 1,800 masks with their labels. */
export function goldenZones(): GoldenZone[] {
  type Labels = Omit<GoldenZone, 'name' | 'mask'>;
  const sets = JSON.parse(readFileSync(`${folder}zones.json`, 'utf8')) as {
    tensor: string;
    labels: Labels[];
  }[];
  const file = readFileSync(`${folder}zones.safetensors`);
  const headerLength = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString('utf8', 8, 8 + headerLength)) as Record<
    string,
    { shape: number[]; data_offsets: [number, number] }
  >;
  return sets.flatMap(({ tensor, labels }) => {
    const { shape, data_offsets } = header[tensor]!;
    const [, height, width] = shape as [number, number, number];
    const bytes = file.subarray(8 + headerLength).subarray(...data_offsets);
    return labels.map((label, i) => ({
      ...label,
      name: `${tensor} ${i}`,
      mask: { width, height, data: bytes.subarray(i * width * height, (i + 1) * width * height) },
    }));
  });
}
