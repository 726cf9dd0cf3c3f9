import type { TinySamConfig } from '../../src/index.js';

/** TinySAM's encoder with one block a stage and windows that pad every map of a picture of 32 or 64 pixels. */
export const tinyTinySam = {
  channels: 8,
  blocks: 1,
  stages: [
    { channels: 8, blocks: 1, heads: 2, window: 3 },
    { channels: 12, blocks: 1, heads: 3, window: 3 },
    { channels: 16, blocks: 1, heads: 2, window: 3 },
  ],
  width: 16,
  embeddingSide: 1,
} satisfies TinySamConfig;
