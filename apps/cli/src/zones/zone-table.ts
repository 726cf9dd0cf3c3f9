import type { ZonesOptions } from '../commands/zones.js';
import { printable } from '../printable.js';
import type { ZoneEntry } from './zone-entry.js';

/** The entries as an aligned table with a line of headings. */
export function zoneTable(entries: readonly ZoneEntry[], laterality: ZonesOptions['laterality']): string {
  const hasLabels = entries.some(({ label }) => label !== undefined);
  const headings = [
    'mask',
    ...(hasLabels ? ['label'] : []),
    laterality === 'patient' ? "zone, patient's sides" : 'zone',
    'near center',
    'box',
    'of the picture',
    'regions',
  ];
  const rows = entries.map(({ mask, label, zone, nearCenter, box, areaFraction, regions }) => [
    printable(mask),
    ...(hasLabels ? [printable(String(label ?? ''))] : []),
    zone ?? 'empty',
    zone === null ? '' : nearCenter ? 'yes' : 'no',
    box === null ? '' : `${box[2]} x ${box[3]} at ${box[0]}, ${box[1]}`,
    `${Number((100 * (areaFraction ?? 0)).toPrecision(3))} %`,
    String(regions.length),
  ]);
  const lines = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
