import { parts } from './parts/index.js';
import type { PartOptions } from './row.js';

// A process of its own for each part, so that its memory is its own too; started by in-own-process.ts.
const [name, options] = process.argv.slice(2);
const notes: string[] = [];
const rows = await parts[name!]!(JSON.parse(options!) as PartOptions, (message) => notes.push(message));
process.send!({ rows, notes }, () => process.disconnect());
