import { escapeHtml, htmlPage } from '@prs-med/posmed/node';
import type { Block, Cell, DrawnCase, Table } from '../report/blocks.js';
import { figure, NOTHING } from '../report/figure-text.js';

const STYLE = `body { max-width: 1240px; }
nav { font-size: 0.9rem; line-height: 1.9; } nav a { margin-right: 1rem; white-space: nowrap; color: #1f5f9e; }
.notices { background: #fff4d6; color: #4a3500; border-radius: 6px; padding: 0.6rem 1rem; margin: 1rem 0; }
.notices p { margin: 0.3rem 0; overflow-wrap: anywhere; }
.tables { display: flex; flex-wrap: wrap; gap: 0 2.5rem; } .table { overflow-x: auto; margin: 0.8rem 0 1.2rem; max-width: 100%; }
.table table { font-size: 0.88rem; line-height: 1.35; }
caption { text-align: left; font-weight: 600; padding-bottom: 0.35rem; white-space: nowrap; }
.table th, .table td { padding: 0.3rem 0.45rem; white-space: nowrap; vertical-align: top; }
.table th:first-child, .table td:first-child { white-space: normal; min-width: 9rem; max-width: 19rem; overflow-wrap: anywhere; padding-left: 0; }
thead th { font-weight: 600; } thead th div + div, td div + div { font-weight: 400; color: #555; font-size: 0.8rem; }
td:first-child { font-weight: 600; } .under td:first-child { font-weight: 400; } .table .under .heading td { max-width: none; padding-top: 0.8rem; font-weight: 600; }
tr.baseline td, tr.published td { color: #555; } tr.baseline td:first-child, tr.published td:first-child { font-weight: 400; font-style: italic; }
td.heat { text-align: center; min-width: 3rem; } .table td.heat { vertical-align: middle; }
ul { padding-left: 1.2rem; font-size: 0.9rem; color: #333; } li { overflow-wrap: anywhere; }
.legend { font-size: 0.9rem; } .legend span { display: inline-block; width: 1.6rem; height: 0.35rem; vertical-align: middle; margin: 0 0.3rem 0 1rem; }
.legend span:first-child { margin-left: 0; }
.cases { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 1.2rem; margin-bottom: 1.6rem; } @media (max-width: 700px) { .cases { grid-template-columns: 1fr; } }
.cases figure img { height: 260px; } .cases b { color: #1c1c1c; }`;

/** Of outlines in overlays. */
export const TRUE_COLOUR = [90, 200, 255] as const;
export const PREDICTED_COLOUR = [255, 196, 0] as const;

/** A report as one HTML page that needs nothing else. */
export function writePage(title: string, blocks: readonly Block[]): string {
  const links = blocks.flatMap((block) =>
    block.kind === 'heading' ? [`<a href="#${anchor(block.text)}">${escapeHtml(block.text)}</a>`] : [],
  );
  const body = [`<h1>${escapeHtml(title)}</h1>`, `<nav>${links.join('\n')}</nav>`, ...blocks.map(writeBlock)];
  return htmlPage(title, STYLE, body.join('\n'));
}

const anchor = (text: string): string => text.toLowerCase().replace(/[^a-z]+/g, '-');

function writeBlock(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `<h2 id="${anchor(block.text)}">${escapeHtml(block.text)}</h2>`;
    case 'subheading':
      return `<h3>${escapeHtml(block.text)}</h3>`;
    case 'paragraph':
      return `<p>${escapeHtml(block.text)}</p>`;
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${escapeHtml(item)}</li>`).join('\n')}</ul>`;
    case 'notices':
      return `<div class="notices">${block.items.map((item) => `<p>${escapeHtml(item)}</p>`).join('\n')}</div>`;
    case 'tables':
      return `<div class="tables">${block.tables.map(writeTable).join('\n')}</div>`;
    case 'plots':
      return `<div class="grid wide">${block.plots
        .map(
          ({ title, caption, svg }) =>
            `<figure><h3>${escapeHtml(title)}</h3>${svg}<figcaption>${escapeHtml(caption)}</figcaption></figure>`,
        )
        .join('\n')}</div>`;
    case 'cases':
      return writeCases(block.cases);
  }
}

function writeTable({ caption, columns, rows }: Table): string {
  // Names of rows stand under headings of their own.
  const isUnder = rows.some(({ cells }) => cells.length === 0);
  const head = columns.map((lines) => `<th scope="col">${writeLines(lines)}</th>`).join('');
  const body = rows.map(({ name, cells, tone }) =>
    cells.length === 0
      ? `<tr class="heading"><td colspan="${columns.length}">${escapeHtml(name)}</td></tr>`
      : `<tr${tone ? ` class="${tone}"` : ''}><td>${escapeHtml(name)}</td>${cells.map(writeCell).join('')}</tr>`,
  );
  return [
    `<div class="table"><table${isUnder ? ' class="under"' : ''}><caption>${escapeHtml(caption)}</caption>`,
    `<thead><tr>${head}</tr></thead>`,
    `<tbody>${body.join('\n')}</tbody></table></div>`,
  ].join('\n');
}

function writeCell({ lines, heat }: Cell): string {
  if (heat === undefined) return `<td>${writeLines(lines)}</td>`;
  // Pale enough under dark text at any strength.
  return `<td class="heat" style="background: rgba(76, 120, 168, ${(heat * 0.55).toFixed(3)})">${writeLines(lines)}</td>`;
}

const writeLines = (lines: readonly string[]): string =>
  lines.map((line) => `<div>${escapeHtml(line)}</div>`).join('');

function writeCases(cases: readonly DrawnCase[]): string {
  const colour = (parts: readonly number[]): string => `rgb(${parts.join(', ')})`;
  const rows = [...new Set(cases.map(({ of }) => of))].map((of) => {
    const figures = cases.filter((one) => one.of === of).map(writeCase);
    return `<h3>${escapeHtml(of)}</h3><div class="cases">${figures.join('\n')}</div>`;
  });
  return [
    `<p class="legend"><span style="background: ${colour(TRUE_COLOUR)}"></span>true outline<span style="background: ${colour(PREDICTED_COLOUR)}"></span>predicted outline</p>`,
    ...rows,
  ].join('\n');
}

function writeCase({
  rank,
  image,
  dice,
  question,
  reference,
  answer,
  overlay,
  hasPicture,
}: DrawnCase): string {
  return [
    `<figure><img src="${overlay}" alt="${escapeHtml(image)}">`,
    `<figcaption><b>${rank}: Dice ${figure(dice)}</b>, ${escapeHtml(image)}`,
    hasPicture ? '' : '<div>The picture cannot be read; these are its outlines.</div>',
    `<div class="question">${escapeHtml(question)}</div>`,
    `<div>answered: ${escapeHtml(answer ?? NOTHING)}</div><div>reference: ${escapeHtml(reference)}</div></figcaption></figure>`,
  ].join('');
}
