/** What a report is made of; written as Markdown and as HTML alike. All texts are plain. */
export type Block =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'subheading'; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  /** What a reader has to know before any figure. */
  | { readonly kind: 'notices'; readonly items: readonly string[] }
  /** Beside each other where there is room. */
  | { readonly kind: 'tables'; readonly tables: readonly Table[] }
  /** Left out of Markdown. */
  | { readonly kind: 'plots'; readonly plots: readonly DrawnPlot[] }
  /** A table in Markdown. */
  | { readonly kind: 'cases'; readonly cases: readonly DrawnCase[] };

export interface Table {
  readonly caption: string;
  /** Above the rows' names and above the cells; lines below each other. */
  readonly columns: readonly (readonly string[])[];
  readonly rows: readonly TableRow[];
}

export interface TableRow {
  readonly name: string;
  /** None in a row that is the heading of those below it. */
  readonly cells: readonly Cell[];
  /** What has not looked at a picture, or was measured by others. */
  readonly tone?: 'baseline' | 'published';
}

export interface Cell {
  /** Below each other; the first is the one that counts. */
  readonly lines: readonly string[];
  /** How strongly the cell is coloured, 0 to 1. */
  readonly heat?: number;
}

export interface DrawnPlot {
  readonly title: string;
  readonly caption: string;
  readonly svg: string;
}

/** A picture with the true and the predicted outline. */
export interface DrawnCase {
  /** "best", "median" or "worst". */
  readonly rank: string;
  /** What it is of: modality and target. */
  readonly of: string;
  readonly image: string;
  readonly dice: number;
  readonly question: string;
  readonly reference: string;
  /** Null where none was given. */
  readonly answer: string | null;
  /** A JPEG as an address that holds it. */
  readonly overlay: string;
  /** False where the outlines lie on an empty ground, since the picture cannot be read. */
  readonly hasPicture: boolean;
}

export const heading = (text: string): Block => ({ kind: 'heading', text });
export const subheading = (text: string): Block => ({ kind: 'subheading', text });
export const paragraph = (text: string): Block => ({ kind: 'paragraph', text });
export const list = (items: readonly string[]): Block => ({ kind: 'list', items });
export const tableBlock = (...tables: readonly Table[]): Block => ({ kind: 'tables', tables });
export const cell = (...lines: readonly string[]): Cell => ({ lines });
