import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type PublishedFigures, publishedFigures } from '../report/published.js';

const SHIPPED = fileURLToPath(new URL('../../data/published.json', import.meta.url));

/** The published figures that come with the package. @throws ZodError when the file was changed to something else */
export async function readPublished(): Promise<PublishedFigures> {
  return publishedFigures.parse(JSON.parse(await readFile(SHIPPED, 'utf8')));
}
