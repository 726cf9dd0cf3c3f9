const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/gs;

/** The first key that one object of a valid JSON text has twice: JSON.parse would keep the last without a word. */
export function duplicateKey(json: string): string | undefined {
  const open: (Set<string> | undefined)[] = [];
  let previous = '';
  for (const [token] of json.matchAll(TOKEN)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(undefined);
    else if (token === '}' || token === ']') open.pop();
    else if (token === ':') {
      // Parsed, because "a" and "\u0061" are one key.
      const key = String(JSON.parse(previous));
      const keys = open.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
    previous = token;
  }
  return undefined;
}

/** Whether a JSON value is an object, not an array or null. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
