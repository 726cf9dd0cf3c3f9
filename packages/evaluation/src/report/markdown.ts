import type { Block, DrawnCase, Table } from './blocks.js';
import { cell } from './blocks.js';
import { figure, NOTHING } from './figure-text.js';

/** A report as Markdown (GitHub's, for its tables). Plots are left out and said to be; overlays become a table. */
export function writeMarkdown(title: string, blocks: readonly Block[]): string {
  return `${[`# ${escapeMarkdown(title)}`, ...blocks.map(writeBlock)].join('\n\n')}\n`;
}

function writeBlock(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `## ${escapeMarkdown(block.text)}`;
    case 'subheading':
      return `### ${escapeMarkdown(block.text)}`;
    case 'paragraph':
      return escapeMarkdown(block.text);
    case 'list':
      return block.items.map((item) => `- ${escapeMarkdown(item)}`).join('\n');
    case 'notices':
      return block.items.map((item) => `> **Note.** ${escapeMarkdown(item)}`).join('\n>\n');
    case 'tables':
      return block.tables.map(writeTable).join('\n\n');
    case 'plots':
      return `${block.plots.map(({ title, caption }) => `- ${escapeMarkdown(`${title}. ${caption}`)}`).join('\n')}\n\nThe plots are in report.html.`;
    case 'cases':
      return `${writeTable(caseTable(block.cases))}\n\nThe pictures with their outlines are in report.html.`;
  }
}

function writeTable({ caption, columns, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const joined = (lines: readonly string[]): string =>
    lines
      .filter((text) => text !== '')
      .map(escapeMarkdown)
      .join('<br>') || ' ';
  return [
    `**${escapeMarkdown(caption)}**`,
    '',
    line(columns.map(joined)),
    line(columns.map((_, i) => (i === 0 ? '---' : '---:'))),
    ...rows.map(({ name, cells, tone }) =>
      cells.length === 0
        ? line([`**${escapeMarkdown(name)}**`, ...columns.slice(1).map(() => ' ')])
        : line([
            tone === undefined ? escapeMarkdown(name) : `*${escapeMarkdown(name)}*`,
            ...cells.map(({ lines }) => joined(lines)),
          ]),
    ),
  ].join('\n');
}

const caseTable = (cases: readonly DrawnCase[]): Table => ({
  caption: 'Cases',
  columns: [['of'], ['rank'], ['Dice'], ['picture'], ['question'], ['reference'], ['answer']],
  rows: cases.map(({ rank, of, image, dice, question, reference, answer }) => ({
    name: of,
    cells: [
      cell(rank),
      cell(figure(dice)),
      cell(image),
      cell(question),
      cell(reference),
      cell(answer ?? NOTHING),
    ],
  })),
});

/** Characters that Markdown or a table would take for its own; texts come from data and from models. */
const escapeMarkdown = (text: string): string =>
  text
    .replace(/\s*[\r\n]+\s*/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/[\\`*_{}[\]|#~]/g, (character) => `\\${character}`);
