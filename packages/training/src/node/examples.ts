import { type DataFolderOptions, openDataFolder } from '@prs-med/posmed/node';
import { type Example, toExample } from '../data/example.js';

/**
 * Reads what can be trained on: a PosMed folder, or a plain one with an index.csv, whose pairs are made in memory.
 * @throws DatasetError or SourceError naming the folder or file and what is wrong
 */
export async function readExamples(folder: string, options: DataFolderOptions = {}): Promise<Example[]> {
  const { images, zoneRule } = await openDataFolder(folder, options);
  const examples: Example[] = [];
  for await (const image of images()) examples.push(toExample(image, zoneRule));
  return examples;
}
