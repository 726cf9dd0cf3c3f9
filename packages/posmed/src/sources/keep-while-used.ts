/** Opened volumes that are in memory at once: where one ends and the next begins, items of both are read. */
const KEPT = 2;

interface Kept<T> {
  key: string;
  value: Promise<T>;
  uses: number;
}

/**
 * Opens what several items share once, and drops it after its last use, so that memory holds one volume however many
 * there are. What was dropped is opened again when it is asked for.
 * @returns takes the key of what to open and how many uses there will be
 */
export function keepWhileUsed<T>(
  open: (key: string) => Promise<T>,
): (key: string, uses: number) => Promise<T> {
  const kept: Kept<T>[] = [];
  return (key, uses) => {
    let entry = kept.find((other) => other.key === key);
    if (!entry) {
      entry = { key, value: open(key), uses: 0 };
      kept.push(entry);
      if (kept.length > KEPT) kept.shift();
    }
    entry.uses++;
    if (entry.uses >= uses && kept.includes(entry)) kept.splice(kept.indexOf(entry), 1);
    return entry.value;
  };
}
