/** Results by key, of the keys asked for last; several callers that ask for the same one share its making. */
export class Recent<Value> {
  private readonly values = new Map<string, Promise<Value>>();

  constructor(private readonly capacity: number) {}

  /** The value for a key, made if need be. A failure is not kept. */
  get(key: string, make: () => Promise<Value>): Promise<Value> {
    const known = this.values.get(key);
    if (known !== undefined) {
      this.values.delete(key);
      this.values.set(key, known);
      return known;
    }
    const made = make();
    this.values.set(key, made);
    made.catch(() => {
      if (this.values.get(key) === made) this.values.delete(key);
    });
    if (this.values.size > this.capacity) this.values.delete(this.values.keys().next().value!);
    return made;
  }

  clear(): void {
    this.values.clear();
  }
}
