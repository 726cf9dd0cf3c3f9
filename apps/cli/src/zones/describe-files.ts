import { onAllCores } from '../on-all-cores.js';
import { type DescribeOptions, describeFile, type FileResult } from './describe-file.js';

/** A further thread takes as long to start as these many files of the usual size take. */
const WORTH_A_THREAD = 500;

/** Describes files on all cores; the results are in the order of the paths. */
export async function describeFiles(
  paths: readonly string[],
  options: DescribeOptions,
  signal: AbortSignal,
): Promise<FileResult[]> {
  const results: FileResult[] = [];
  await onAllCores<string, FileResult>(
    paths,
    {
      doTask: (path) => describeFile(path, options),
      worker: new URL('./zone-worker.js', import.meta.url),
      workerData: options,
      worthAThread: WORTH_A_THREAD,
      onResult: (result) => results.push(result),
    },
    signal,
  );
  return results;
}
