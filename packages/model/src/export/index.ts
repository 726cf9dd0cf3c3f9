export { EXPORT_FORMATS, type ExportFormat, exportFiles } from './export-files.js';
export { type ExportedReader, exportedTokens, type NamedGraph, onnxGraphs } from './onnx-files.js';
export { peftAdapter } from './peft-adapter.js';
export { questionReader } from './question-reader.js';
export { parametersOfReleased, releasedName, releasedTensors } from './released-names.js';
