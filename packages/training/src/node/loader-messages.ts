import type { Batch, BatchBuffers } from './batch-maker.js';

/** Asks a loader's thread for a batch, to be written into the buffers if there are any. */
export interface BatchRequest {
  firstSample: number;
  count: number;
  buffers: BatchBuffers | null;
}

/** A batch, or why there is none. */
export type BatchReply =
  | { firstSample: number; batch: Batch; error: null }
  | { firstSample: number; batch: null; error: Error };
