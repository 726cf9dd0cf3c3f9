import pLimit from 'p-limit';

/**
 * Does some work for each item, several at once. After a failure, or when the signal aborts, no more is begun; what is
 * under way ends before this does.
 * @throws what the first work that failed threw
 */
export async function forEach<Item>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item, index: number) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const limit = pLimit({ concurrency: atOnce, rejectOnClear: true });
  let failure: { error: unknown } | undefined;
  const all = items.map((item, index) =>
    limit(async () => {
      try {
        signal.throwIfAborted();
        await work(item, index);
      } catch (error) {
        failure ??= { error };
        limit.clearQueue();
      }
    }),
  );
  await Promise.allSettled(all);
  if (failure) throw failure.error;
}
