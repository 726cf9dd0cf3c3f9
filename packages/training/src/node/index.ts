export {
  type Batch,
  type BatchBuffers,
  type BatchMaker,
  type BatchMakerOptions,
  createBatchMaker,
  type SampleInfo,
} from './batch-maker.js';
export { readExamples } from './examples.js';
export {
  type EvaluationLoaderOptions,
  type Loader,
  type LoaderOptions,
  openEvaluationLoader,
  openLoader,
} from './loader.js';
