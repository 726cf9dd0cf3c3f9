import { setMaxListeners } from 'node:events';

/**
 * Does some work with a signal of its own, and gives up waiting for it when the outer one aborts: the client does not
 * wake from a pause between its tries, and never takes its listeners away.
 */
export function untilAborted<Result>(
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const inner = new AbortController();
  // As many wait for the outer one as pictures are made at once; each try of the client adds one to the inner.
  setMaxListeners(0, outer, inner.signal);
  return new Promise((resolve, reject) => {
    const stop = () => {
      inner.abort(outer.reason);
      reject(outer.reason);
    };
    if (outer.aborted) return stop();
    outer.addEventListener('abort', stop, { once: true });
    work(inner.signal)
      .then(resolve, reject)
      .finally(() => outer.removeEventListener('abort', stop));
  });
}
