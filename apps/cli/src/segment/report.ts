import type { SegmentResult } from '@prs-med/model';
import type { OutputNames } from './output-names.js';

/** A picture's entry in the JSON document of `prs-med segment`. */
export interface ResultEntry {
  readonly image: string;
  readonly question: string;
  readonly answer: string;
  readonly present: boolean;
  readonly confidence: number;
  readonly zones: SegmentResult['zones'];
  readonly regions: SegmentResult['regions'];
  readonly mask: string;
  readonly overlay: string;
  readonly milliseconds: SegmentResult['milliseconds'] & { readonly decode: number };
}

export function resultEntry(
  image: string,
  question: string,
  answer: string,
  result: SegmentResult,
  names: OutputNames,
  decode: number,
): ResultEntry {
  const { present, confidence, zones, regions, milliseconds } = result;
  return {
    image,
    question,
    answer,
    present,
    confidence: round(confidence, 4),
    zones,
    regions: regions.map((region) => ({
      zone: region.zone,
      nearCenter: region.nearCenter,
      box: region.box,
      centroid: [round(region.centroid[0], 2), round(region.centroid[1], 2)],
      areaFraction: round(region.areaFraction, 6),
    })),
    mask: names.mask,
    overlay: names.overlay,
    milliseconds: { decode, ...milliseconds },
  };
}

/** What a reader sees under the answer. */
export function summaryLines(entry: ResultEntry): string[] {
  const percent = (value: number) => `${Number((100 * value).toPrecision(3))} %`;
  const area = entry.regions.reduce((sum, { areaFraction }) => sum + areaFraction, 0);
  const found = entry.present
    ? `${entry.zones.join(', ')}; ${percent(area)} of the picture; confidence ${percent(entry.confidence)}`
    : `nothing found; confidence ${percent(entry.confidence)}`;
  return [`  ${found}`, `  ${entry.mask}`, `  ${entry.overlay}`];
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
