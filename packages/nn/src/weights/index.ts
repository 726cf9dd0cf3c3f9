export { WeightFileError } from './errors.js';
export { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from './float16.js';
export {
  BLOCK_LAYOUTS,
  dequantize,
  isQuantizedType,
  type QuantizedType,
  type UnpackedBlocks,
  unpackQ4Blocks,
  unpackQ8Blocks,
} from './ggml-blocks.js';
export { type GgufFile, type GgufValue, readGguf } from './gguf.js';
export { type MatchOptions, matchTensors } from './match.js';
export { type PytorchOptions, readPytorch } from './pytorch.js';
export { readSafetensors } from './safetensors.js';
export { safetensorsChunks, writeSafetensors } from './safetensors-writer.js';
export { readShardedPytorch, readShardedSafetensors } from './shards.js';
export { type ByteSource, blobSource, bytesSource } from './source.js';
export {
  ELEMENT_SIZES,
  type ElementType,
  elementCount,
  readEntryInto,
  type TensorEntry,
  type TensorFile,
  tensorEntry,
  toFloat32,
} from './tensors.js';
