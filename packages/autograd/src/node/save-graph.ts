import { open, rename, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { type CompileOptions, compile } from '../compile.js';
import type { Tensor } from '../tensor.js';

/**
 * Saves a graph as `path` (an .onnx file) and, where it has large weights, `path.data` beside it, for any ONNX runtime.
 * Both are written beside and renamed, the weights first.
 */
export async function saveGraph(
  path: string,
  outputs: Readonly<Record<string, Tensor>>,
  options: Pick<CompileOptions, 'dynamicAxes'> = {},
): Promise<void> {
  const weights = `${path}.data`;
  const graph = compile(outputs, { ...options, externalFile: basename(weights) });
  const unfinished = [`${weights}.part`, `${path}.part`] as const;
  try {
    if (graph.externalData.length > 0) {
      const file = await open(unfinished[0], 'w');
      try {
        for (const { offset, data } of graph.externalData) await file.write(data, 0, data.byteLength, offset);
      } finally {
        await file.close();
      }
      await rename(unfinished[0], weights);
    }
    await writeFile(unfinished[1], graph.model);
    await rename(unfinished[1], path);
  } catch (error) {
    for (const file of unfinished) await rm(file, { force: true });
    throw error;
  }
}
