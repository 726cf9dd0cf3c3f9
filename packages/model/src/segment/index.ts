export {
  joinEmbeddings,
  loraOf,
  type ReadPrompt,
  readEmbeddings,
  readQuestion,
} from './language-session.js';
export { type LoadOptions, loadModel } from './load-model.js';
export type { Model, PhaseTimes, SegmentOptions, SegmentRequest, SegmentResult } from './model.js';
export { checkQuestion, LONGEST_QUESTION, QuestionError } from './question-error.js';
export { type Finding, findingOf, type SegmentRegion } from './result.js';
