import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { parentPort, Worker } from 'node:worker_threads';

/** Tasks that a thread has in hand at a time, so that it need not wait for the disk. */
const AT_A_TIME = 8;

export interface SharedWork<Task, Result> {
  /** Does a task in this thread. It throws nothing that concerns the task alone. */
  readonly doTask: (task: Task) => Promise<Result>;
  /** The module of further threads, which calls `answerTasks`, and what it is given as `workerData`. */
  readonly worker: URL;
  readonly workerData: unknown;
  /** A further thread takes as long to start as these many tasks take. */
  readonly worthAThread: number;
  /** Given the results in the order of the tasks, each as soon as those before it are there. */
  readonly onResult: (result: Result, task: Task) => void;
}

/**
 * Does tasks on all cores, in this thread and in others.
 * @throws what a thread throws, and the signal's reason when it aborts
 */
export async function onAllCores<Task, Result>(
  tasks: readonly Task[],
  { doTask, worker, workerData, worthAThread, onResult }: SharedWork<Task, Result>,
  signal: AbortSignal,
): Promise<void> {
  const waiting = new Map<number, Result>();
  let next = 0;
  let told = 0;
  const keep = (at: number, result: Result): void => {
    waiting.set(at, result);
    for (; waiting.has(told); told++) {
      const first = waiting.get(told) as Result;
      waiting.delete(told);
      onResult(first, tasks[told]!);
    }
  };
  const takeHere = async (): Promise<void> => {
    while (next < tasks.length) {
      signal.throwIfAborted();
      const at = next++;
      keep(at, await doTask(tasks[at]!));
    }
  };
  const takeThere = async (thread: Worker): Promise<void> => {
    await once(thread, 'message', { signal });
    while (next < tasks.length) {
      const at = next;
      next += AT_A_TIME;
      thread.postMessage(tasks.slice(at, next));
      const [results] = (await once(thread, 'message', { signal })) as [Result[]];
      for (const [index, result] of results.entries()) keep(at + index, result);
    }
  };
  const threads = Math.min(availableParallelism(), Math.ceil(tasks.length / worthAThread));
  const workers = Array.from({ length: threads - 1 }, () => new Worker(worker, { workerData }));
  try {
    await Promise.all([...Array.from({ length: AT_A_TIME }, takeHere), ...workers.map(takeThere)]);
  } finally {
    next = tasks.length;
    await Promise.all(workers.map((thread) => thread.terminate()));
  }
}

/** What a further thread does: it says that it is ready, then answers lists of tasks with their results. */
export function answerTasks<Task, Result>(doTask: (task: Task) => Promise<Result>): void {
  parentPort!.on('message', async (tasks: readonly Task[]) => {
    parentPort!.postMessage(await Promise.all(tasks.map(doTask)));
  });
  parentPort!.postMessage([]);
}
