export {
  type Batch,
  type BatchBuffers,
  type BatchMaker,
  type BatchMakerOptions,
  createBatchMaker,
  type SampleInfo,
} from './batch-maker.js';
export {
  type Checkpoint,
  loadCheckpoint,
  PARAMETERS,
  type RunState,
  readTensors,
  saveCheckpoint,
} from './checkpoint.js';
export { readExamples } from './examples.js';
export type { FrozenLanguage, LlavaBase } from './frozen-language.js';
export {
  type Loader,
  type LoaderOptions,
  openLoader,
  openValidationLoader,
  type ValidationLoaderOptions,
} from './loader.js';
export { type LogLine, plotLog, readLog } from './run-log.js';
export { startTrainer, type TrainStart } from './start-trainer.js';
export {
  LEARNING_RATES,
  type Progress,
  TrainingError,
  type TrainOptions,
  train,
} from './train.js';
