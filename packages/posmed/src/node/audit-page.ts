import { join } from 'node:path';
import { drawOverlay, type Picture, resizeMask } from '@prs-med/imaging';
import type { AlikeImages } from '../audit/duplicates.js';
import type { Finding } from '../audit/finding.js';
import type { SplitSize } from '../audit/split-sizes.js';
import type { ImageRow, TargetRow } from '../dataset/schema.js';
import { decodeRle, RleError } from '../position/rle.js';
import { SPLITS } from '../sources/source.js';
import type { AuditSample, FolderAudit } from './audit-folder.js';
import { drawAuditPlots } from './audit-plots.js';
import { escapeHtml, htmlPage } from './html-page.js';
import { dataUri, readPagePicture } from './page-picture.js';
import { writeBeside } from './write-beside.js';

const TITLE = 'Audit of a PosMed data set';
const STYLE = `.verdict { font-weight: 600; padding: 0.6rem 0.9rem; border-radius: 6px; }
.passed { background: #e2f3e5; color: #14532d; } .failed { background: #fde4e1; color: #7f1d1d; }
tbody tr:last-child { font-weight: 600; }
.badge { display: inline-block; min-width: 6.6rem; text-align: center; font-size: 0.8rem; border-radius: 4px; padding: 0.05rem 0.4rem; margin-right: 0.5rem; color: #fff; background: #b91c1c; }
.badge.warning { background: #8a6100; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 4px; } .pair img { height: 170px; }`;

/**
 * Writes an audit as one HTML file that needs nothing else: verdict, findings, plots, sample overlays, and the
 * pictures of two splits that are most alike.
 * @param folder the PosMed folder
 * @throws DatasetError when it cannot be written
 */
export async function writeAuditPage(path: string, folder: string, audit: FolderAudit): Promise<void> {
  const { record, report, samples } = audit;
  const plots = await drawAuditPlots(report);
  const parts = [
    `<h1>${TITLE}</h1>`,
    `<p class="verdict ${report.passed ? 'passed' : 'failed'}">${
      report.passed ? 'Passed: no leak, no contradiction, no damage.' : 'Failed: see the findings.'
    }</p>`,
    `<p>Sources: ${escapeHtml(record.sources.map(({ title }) => title).join(', '))}. Pairs by ${escapeHtml(record.generator.name)}, seed ${
      record.seed
    }. Left and right are the ${record.laterality === 'image' ? "picture's" : "patient's"}.</p>`,
    sizeTable(report.sizes),
    '<h2>Findings</h2>',
    report.findings.length === 0 ? '<p>None.</p>' : report.findings.map(findingSection).join('\n'),
    '<h2>Figures</h2>',
    '<div class="grid wide">',
    ...plots.map(
      ({ title, caption, svg }) =>
        `<figure><h3>${escapeHtml(title)}</h3>${svg}<figcaption>${escapeHtml(caption)}</figcaption></figure>`,
    ),
    '</div>',
    '<h2>Samples</h2>',
    '<p>The bright line is the mask; dashed are the borders of the zones and the circle of what is near the center.</p>',
    '<div class="grid">',
    ...(await Promise.all(samples.map((sample) => sampleFigure(folder, sample)))),
    '</div>',
    ...(await alikeSection(folder, 'Nearly the same pictures in two splits', report.nearDuplicates)),
    ...(await alikeSection(folder, 'The most alike pictures of two splits', report.mostAlike)),
  ];
  await writeBeside(path, htmlPage(TITLE, STYLE, parts.join('\n')));
}

function sizeTable(sizes: readonly SplitSize[]): string {
  const modalities = [...new Set(sizes.map(({ modality }) => modality))];
  const cells = (name: string, rows: readonly SplitSize[]): string => {
    const columns = SPLITS.map((split) => rows.filter((row) => row.split === split)).flatMap((of) =>
      (['images', 'groups', 'pairs'] as const).map((what) => of.reduce((sum, row) => sum + row[what], 0)),
    );
    return `<tr><td>${escapeHtml(name)}</td>${columns.map((count) => `<td>${count}</td>`).join('')}</tr>`;
  };
  return [
    '<table><thead><tr><th></th>',
    ...SPLITS.map((split) => `<th colspan="3">${split}</th>`),
    '</tr><tr><th></th>',
    ...SPLITS.map(() => '<th>images</th><th>groups</th><th>pairs</th>'),
    '</tr></thead><tbody>',
    ...modalities.map((modality) =>
      cells(
        modality,
        sizes.filter((row) => row.modality === modality),
      ),
    ),
    cells('all', sizes),
    '</tbody></table>',
  ].join('');
}

function findingSection({ check, severity, count, message, examples }: Finding): string {
  const more = count > examples.length ? [`and ${count - examples.length} more`] : [];
  return (
    `<details${severity === 'warning' ? '' : ' open'}><summary><span class="badge ${severity}">${severity}</span><b>${count}</b> ${escapeHtml(check)}: ` +
    `${escapeHtml(message)}</summary><ul>${[...examples, ...more].map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul></details>`
  );
}

async function sampleFigure(folder: string, { image, target, pairs }: AuditSample): Promise<string> {
  const picture = await readPagePicture(join(folder, image.file));
  const caption =
    `${image.id}, ${image.modality}, ${image.split}; ${target.target}: ${target.zone ?? 'none'}` +
    `${target.nearCenter ? ', near the center' : ''}`;
  const asked = pairs.map(
    ({ question, answer }) =>
      `<div class="question">${escapeHtml(question)}</div><div>${escapeHtml(answer)}</div>`,
  );
  const overlay = picture && overlayOf(picture, image, target);
  return `<figure>${imageTag(overlay ? await dataUri(overlay) : '', caption)}<figcaption>${escapeHtml(caption)}${asked.join('')}</figcaption></figure>`;
}

/** The picture as it is when its mask is broken, which is a finding of its own. */
function overlayOf(picture: Picture, image: ImageRow, { rle }: TargetRow): Picture {
  try {
    const mask = decodeRle(rle, image.width, image.height);
    return drawOverlay(picture, resizeMask(mask, picture.width, picture.height));
  } catch (error) {
    if (error instanceof RleError) return picture;
    throw error;
  }
}

async function alikeSection(folder: string, title: string, pairs: readonly AlikeImages[]): Promise<string[]> {
  if (pairs.length === 0) return [];
  const figures: string[] = [];
  for (const { first, second, correlation } of pairs.slice(0, MOST_SHOWN)) {
    const tags = [];
    for (const image of [first, second]) {
      const picture = await readPagePicture(join(folder, image.file));
      tags.push(imageTag(picture ? await dataUri(picture) : '', image.id));
    }
    figures.push(
      `<figure><div class="pair">${tags.join('')}</div><figcaption>${escapeHtml(first.id)} (${first.split}) and ` +
        `${escapeHtml(second.id)} (${second.split}), correlation ${correlation.toFixed(3)}</figcaption></figure>`,
    );
  }
  return [`<h2>${escapeHtml(title)}</h2>`, '<div class="grid">', ...figures, '</div>'];
}

/** Pairs of pictures of a section that are shown; all are in the report. */
const MOST_SHOWN = 24;

const imageTag = (source: string, text: string): string =>
  source === '' ? '<p>The picture cannot be read.</p>' : `<img src="${source}" alt="${escapeHtml(text)}">`;
