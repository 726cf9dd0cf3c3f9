// The pickle virtual machine of Python's Lib/pickle.py, protocols 2 to 5, less everything that could run code:
// names are looked up in a closed list, only functions of that list are called, and no object gets a class.
import { FETCH_AGAIN, quoted, WeightFileError } from './errors.js';
import { PickleCursor } from './pickle-cursor.js';
import { describeValue, PickleFunction, type PickleValue } from './pickle-values.js';

/** What a pickle may refer to outside itself. */
export interface PickleEnvironment {
  /** What the global `module.name` stands for; undefined where it is not allowed, which refuses the file. */
  global(qualifiedName: string): PickleValue | undefined;
  /** What a persistent id stands for. Throws WeightFileError where it means nothing. */
  persistent(id: PickleValue): PickleValue;
}

const DEEPEST_MARK = 1000;
// A state dict takes some thirty opcodes a tensor; each makes at most one object, so this bounds the memory.
const MOST_OPCODES = 2_000_000;
const SAVE_STATE_DICT =
  'in Python, load it where you trust it and save its state dict alone: torch.save(model.state_dict(), ...)';

const REFUSED: Readonly<Record<number, string>> = {
  111: 'OBJ',
  129: 'NEWOBJ',
  146: 'NEWOBJ_EX',
  130: 'EXT1',
  131: 'EXT2',
  132: 'EXT4',
  143: 'EMPTY_SET',
  144: 'ADDITEMS',
  145: 'FROZENSET',
  151: 'NEXT_BUFFER',
  152: 'READONLY_BUFFER',
};

class Machine {
  private readonly stack: PickleValue[] = [];
  private readonly marks: number[] = [];
  private readonly memo = new Map<number, PickleValue>();

  constructor(
    private readonly file: string,
    readonly cursor: PickleCursor,
    private readonly environment: PickleEnvironment,
  ) {}

  private damaged(problem: string): WeightFileError {
    return new WeightFileError(this.file, `its pickle ${problem}`, FETCH_AGAIN);
  }

  private refused(what: string): WeightFileError {
    return new WeightFileError(this.file, `its pickle asks for ${what}, which is refused`, SAVE_STATE_DICT);
  }

  private push(value: PickleValue): void {
    this.stack.push(value);
  }

  private pop(): PickleValue {
    if (this.stack.length <= (this.marks.at(-1) ?? 0)) throw this.damaged('takes a value that is not there');
    return this.stack.pop()!;
  }

  private top(): PickleValue {
    const value = this.pop();
    this.stack.push(value);
    return value;
  }

  private popToMark(): PickleValue[] {
    const mark = this.marks.pop();
    if (mark === undefined) throw this.damaged('takes a mark that is not there');
    return this.stack.splice(mark);
  }

  private popMany(count: number): PickleValue[] {
    const values = Array.from({ length: count }, () => this.pop());
    return values.reverse();
  }

  private remember(index: number): void {
    this.memo.set(index, this.top());
  }

  private recall(index: number): void {
    const value = this.memo.get(index);
    if (value === undefined) throw this.damaged('recalls a value that it did not remember');
    this.push(value);
  }

  private append(items: readonly PickleValue[]): void {
    const list = this.top();
    if (!Array.isArray(list)) throw this.damaged(`appends to ${describeValue(list)}`);
    for (const item of items) list.push(item);
  }

  private setItems(items: readonly PickleValue[], dict: PickleValue): void {
    if (!(dict instanceof Map) || items.length % 2 !== 0) {
      throw this.damaged(`sets ${items.length} keys and values of ${describeValue(dict)}`);
    }
    for (let i = 0; i < items.length; i += 2) dict.set(items[i]!, items[i + 1]!);
  }

  private global(module: PickleValue, name: PickleValue): void {
    if (typeof module !== 'string' || typeof name !== 'string')
      throw this.damaged('has a name that is no text');
    const qualifiedName = `${module}.${name}`;
    const value = this.environment.global(qualifiedName);
    if (value === undefined) throw this.refused(quoted(qualifiedName));
    this.push(value);
  }

  private reduce(): void {
    const [callable, args] = this.popMany(2);
    if (!(callable instanceof PickleFunction)) throw this.refused(`a call of ${describeValue(callable)}`);
    if (!Array.isArray(args)) throw this.damaged(`calls ${callable.description} without arguments`);
    this.push(callable.call(args));
  }

  private build(): void {
    this.pop();
    const target = this.top();
    // A state dict carries the versions of its modules as an attribute, `_metadata`, that is of no use here.
    if (!(target instanceof Map)) throw this.refused(`attributes of ${describeValue(target)} (BUILD)`);
  }

  /** Runs until STOP and returns what is then on top. */
  run(): PickleValue {
    for (let opcodes = 0; opcodes < MOST_OPCODES; opcodes++) {
      const opcode = this.cursor.uint8();
      if (opcode === 0x2e) return this.pop();
      if (!this.scalar(opcode) && !this.structure(opcode)) this.unknown(opcode);
    }
    throw this.damaged(`takes more than ${MOST_OPCODES} opcodes`);
  }

  /** Opcodes that push one value of their own bytes. */
  private scalar(opcode: number): boolean {
    const { cursor } = this;
    switch (opcode) {
      case 0x4e:
        this.push(null);
        return true;
      case 0x88:
        this.push(true);
        return true;
      case 0x89:
        this.push(false);
        return true;
      case 0x4a:
        this.push(cursor.int32());
        return true;
      case 0x4b:
        this.push(cursor.uint8());
        return true;
      case 0x4d:
        this.push(cursor.uint16());
        return true;
      case 0x8a:
        this.push(cursor.long(cursor.uint8()));
        return true;
      case 0x8b:
        this.push(cursor.long(cursor.uint32()));
        return true;
      case 0x47:
        this.push(cursor.float64());
        return true;
      case 0x8c:
        this.push(cursor.text(cursor.uint8()));
        return true;
      case 0x58:
        this.push(cursor.text(cursor.uint32()));
        return true;
      case 0x8d:
        this.push(cursor.text(cursor.uint64()));
        return true;
      case 0x55:
        this.push(cursor.byteText(cursor.uint8()));
        return true;
      case 0x54:
        this.push(cursor.byteText(cursor.uint32()));
        return true;
      case 0x43:
        this.push(cursor.raw(cursor.uint8()));
        return true;
      case 0x42:
        this.push(cursor.raw(cursor.uint32()));
        return true;
      case 0x8e:
      case 0x96:
        this.push(cursor.raw(cursor.uint64()));
        return true;
      default:
        return false;
    }
  }

  /** Opcodes that work on the stack and the memo. */
  private structure(opcode: number): boolean {
    const { cursor } = this;
    switch (opcode) {
      case 0x80: {
        const protocol = cursor.uint8();
        if (protocol < 2 || protocol > 5)
          throw this.damaged(`is of protocol ${protocol}, and 2 to 5 are read`);
        return true;
      }
      case 0x95:
        // FRAME: the bytes of a frame follow it either way.
        cursor.uint64();
        return true;
      case 0x28:
        if (this.marks.length >= DEEPEST_MARK) throw this.damaged(`is nested deeper than ${DEEPEST_MARK}`);
        this.marks.push(this.stack.length);
        return true;
      case 0x30:
        this.pop();
        return true;
      case 0x31:
        this.popToMark();
        return true;
      case 0x32:
        this.push(this.top());
        return true;
      case 0x7d:
        this.push(new Map());
        return true;
      case 0x5d:
      case 0x29:
        this.push([]);
        return true;
      case 0x61:
        this.append([this.pop()]);
        return true;
      case 0x65:
        this.append(this.popToMark());
        return true;
      case 0x73: {
        const items = this.popMany(2);
        this.setItems(items, this.top());
        return true;
      }
      case 0x75: {
        const items = this.popToMark();
        this.setItems(items, this.top());
        return true;
      }
      case 0x74:
      case 0x6c:
        this.push(this.popToMark());
        return true;
      case 0x64: {
        const dict = new Map<PickleValue, PickleValue>();
        this.setItems(this.popToMark(), dict);
        this.push(dict);
        return true;
      }
      case 0x85:
      case 0x86:
      case 0x87:
        this.push(this.popMany(opcode - 0x84));
        return true;
      case 0x71:
        this.remember(cursor.uint8());
        return true;
      case 0x72:
        this.remember(cursor.uint32());
        return true;
      case 0x94:
        this.remember(this.memo.size);
        return true;
      case 0x68:
        this.recall(cursor.uint8());
        return true;
      case 0x6a:
        this.recall(cursor.uint32());
        return true;
      case 0x63: {
        const module = cursor.line();
        this.global(module, cursor.line());
        return true;
      }
      case 0x93: {
        const [module, name] = this.popMany(2);
        this.global(module!, name!);
        return true;
      }
      case 0x52:
        this.reduce();
        return true;
      case 0x62:
        this.build();
        return true;
      case 0x51:
        this.push(this.environment.persistent(this.pop()));
        return true;
      default:
        return false;
    }
  }

  private unknown(opcode: number): never {
    if (opcode === 0x69) {
      const module = this.cursor.line();
      throw this.refused(`an instance of ${quoted(`${module}.${this.cursor.line()}`)} (INST)`);
    }
    const name = REFUSED[opcode];
    if (name) throw this.refused(`the opcode ${name} on ${describeValue(this.stack.at(-1))}`);
    throw this.damaged(`has the opcode 0x${opcode.toString(16)}, which protocols 2 to 5 do not use`);
  }
}

/**
 * Runs the pickle at `start` of `bytes`. Builds dicts, lists, tuples, text and numbers, and what `environment`
 * allows; nothing that the file names is ever executed. Throws WeightFileError on anything else, naming it, and
 * NeedsMoreBytes when the bytes end before the pickle does.
 */
export function runPickle(
  file: string,
  bytes: Uint8Array,
  start: number,
  environment: PickleEnvironment,
): { readonly value: PickleValue; readonly end: number } {
  const machine = new Machine(file, new PickleCursor(file, bytes, start), environment);
  const value = machine.run();
  return { value, end: machine.cursor.position };
}
