export { openRun, readRunRecord } from './run-folder.js';
export { createRunWriter, maskFileOf, type RunWriter, type RunWriterOptions } from './run-writer.js';
export { readWordNet } from './wordnet.js';
