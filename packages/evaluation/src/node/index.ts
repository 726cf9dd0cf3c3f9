export {
  type EndpointAnswerer,
  type EndpointAnswererOptions,
  endpointAnswerer,
} from './endpoint-answerer.js';
export { type PredictionsAnswerer, PredictionsError, predictionsAnswerer } from './predictions-answerer.js';
export type { ImageToPredict } from './predictions-answerer-names.js';
export { openRun, readRunRecord } from './run-folder.js';
export { createRunWriter, maskFileOf, type RunWriter, type RunWriterOptions } from './run-writer.js';
export { readWordNet } from './wordnet.js';
