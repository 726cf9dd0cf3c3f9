/** Something that a pickle names or makes which is not plain data: a function, a storage, a tensor. */
export abstract class PickleObject {
  /** What it is, for messages. */
  abstract readonly description: string;
}

/** One of the few functions that a pickle may call; it only builds data. */
export class PickleFunction extends PickleObject {
  constructor(
    readonly description: string,
    readonly call: (args: readonly PickleValue[]) => PickleValue,
  ) {
    super();
  }
}

/** What a pickle can hold here. Lists and tuples are arrays, dicts are maps. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | PickleObject;

/** A value's kind in Python's words, for messages. */
export function describeValue(value: PickleValue | undefined): string {
  if (value === undefined || value === null) return 'None';
  if (value instanceof PickleObject) return value.description;
  if (value instanceof Map) return 'a dict';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Uint8Array) return 'bytes';
  if (typeof value === 'string') return 'text';
  return typeof value === 'boolean' ? 'a truth value' : 'a number';
}
