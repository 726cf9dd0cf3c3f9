export { type FileSource, openFile, saveChunks } from './file-source.js';
