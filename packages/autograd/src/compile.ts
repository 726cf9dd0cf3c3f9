import { encodeOnnx, type OnnxInitializer, type OnnxNode } from './onnx.js';
import {
  type DataType,
  elementCount,
  formatShape,
  GraphError,
  type Node,
  type Shape,
  type Tensor,
  type TensorData,
} from './tensor.js';

/** A named value that a compiled graph takes or gives. */
export interface ValueDescription {
  readonly name: string;
  readonly type: DataType;
  readonly shape: Shape;
}

/** Bytes of a large weight, and the file and offset at which the model looks for them. */
export interface ExternalData {
  readonly path: string;
  readonly offset: number;
  readonly data: Uint8Array;
}

/** An ONNX model and the large weights that it refers to by name. */
export interface CompiledGraph {
  readonly model: Uint8Array;
  readonly externalData: readonly ExternalData[];
  readonly inputs: readonly ValueDescription[];
  readonly outputs: readonly ValueDescription[];
}

export interface CompileOptions {
  /**
   * Axes of inputs whose size may change from run to run: input name to axis to a name for the size. The graph must
   * hold no operation that writes that size down (a reshape of it, say); the sizes it was built with are an example.
   */
  readonly dynamicAxes?: Readonly<Record<string, Readonly<Record<number, string>>>>;
  /** Name of one file for all large weights, for a model that is to be saved; each has a name of its own otherwise. */
  readonly externalFile?: string;
}

/** Constants from this many bytes on are kept out of the model's own bytes. */
const EXTERNAL_FROM = 1024;

/**
 * Writes the graph that leads to the outputs as ONNX, leaving out all else. Equal constants are written once.
 * Throws GraphError for two inputs of one name or a constant whose data does not fit.
 */
export function compile(
  outputs: Readonly<Record<string, Tensor>>,
  options: CompileOptions = {},
): CompiledGraph {
  const ordered = reachable(Object.values(outputs));
  const used = new Set(ordered.flatMap((node) => node.inputs.filter((input) => input !== undefined)));
  for (const output of Object.values(outputs)) used.add(output);
  const names = new Map<Tensor, string>();
  const nodes: OnnxNode[] = [];
  const initializers: OnnxInitializer[] = [];
  const externalData: ExternalData[] = [];
  const inputs: ValueDescription[] = [];
  const known = new Map<string, { name: string; data: Uint8Array }[]>();

  for (const node of ordered) {
    if (node.operator === 'Input') {
      const tensor = node.outputs[0]!;
      const name = node.name!;
      if (inputs.some((other) => other.name === name))
        throw new GraphError('compile', `two inputs are named ${name}`, [tensor]);
      inputs.push({ name, type: tensor.type, shape: tensor.shape });
      names.set(tensor, name);
    } else if (node.operator === 'Constant') {
      const tensor = node.outputs[0]!;
      const data = constantBytes(node, tensor);
      const key = `${tensor.type} ${formatShape(tensor.shape)} ${fingerprint(data)}`;
      const candidates = known.get(key) ?? [];
      const same = candidates.find((candidate) => equalBytes(candidate.data, data));
      if (same !== undefined) {
        names.set(tensor, same.name);
        continue;
      }
      const name = `constant_${initializers.length}`;
      known.set(key, [...candidates, { name, data }]);
      names.set(tensor, name);
      // Shape inference reads sizes and axes, and does not look into external data.
      const external = data.byteLength >= EXTERNAL_FROM && tensor.type !== 'int64';
      const place = nextPlace(externalData.at(-1), name, options.externalFile);
      if (external) externalData.push({ ...place, data });
      initializers.push({
        name,
        type: tensor.type,
        shape: tensor.shape,
        data: external ? { location: place.path, offset: place.offset, length: data.byteLength } : data,
      });
    } else {
      node.outputs.forEach((tensor, index) => {
        // Unused outputs stay nameless, which spares their making; no operator's first may, and none of Split's.
        if (index === 0 || used.has(tensor) || node.operator === 'Split')
          names.set(tensor, `value_${nodes.length}_${index}`);
      });
      nodes.push({
        operator: node.operator,
        domain: node.domain,
        inputs: node.inputs.map((input) => (input === undefined ? '' : names.get(input)!)),
        outputs: trimmed(node.outputs.map((tensor) => names.get(tensor) ?? '')),
        attributes: node.attributes,
      });
    }
  }
  // An output carries its own name, so a value that is two outputs, or an input too, is passed on by Identity.
  const described = Object.entries(outputs).map(([name, tensor]) => {
    if (inputs.some((other) => other.name === name)) {
      throw new GraphError('compile', `an input and an output are named ${name}`, [tensor]);
    }
    nodes.push({
      operator: 'Identity',
      domain: '',
      inputs: [names.get(tensor)!],
      outputs: [name],
      attributes: {},
    });
    return { name, type: tensor.type, shape: tensor.shape };
  });
  const dynamic = options.dynamicAxes ?? {};
  const model = encodeOnnx({
    nodes,
    initializers,
    inputs: inputs.map((value) => ({
      ...value,
      shape: value.shape.map((size, axis) => dynamic[value.name]?.[axis] ?? size),
    })),
    outputs: described.map((value) => ({ ...value, shape: options.dynamicAxes ? undefined : value.shape })),
  });
  return { model, externalData, inputs, outputs: described };
}

/** Nodes that lead to the outputs, in the order of their making, which is topological. */
function reachable(outputs: readonly Tensor[]): Node[] {
  const seen = new Set<Node>();
  const stack = outputs.map((output) => output.node);
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (seen.has(node)) continue;
    seen.add(node);
    for (const input of node.inputs) if (input !== undefined) stack.push(input.node);
  }
  return [...seen].sort((a, b) => a.order - b.order);
}

/** ONNX asks for offsets that are multiples of a page, so that files can be mapped. */
const PAGE = 4096;

function nextPlace(last: ExternalData | undefined, name: string, file: string | undefined) {
  if (file === undefined) return { path: name, offset: 0 };
  const end = last === undefined ? 0 : last.offset + last.data.byteLength;
  return { path: file, offset: Math.ceil(end / PAGE) * PAGE };
}

function constantBytes(node: Node, tensor: Tensor): Uint8Array {
  const data: TensorData = typeof node.data === 'function' ? node.data() : node.data!;
  if (data.length !== elementCount(tensor.shape)) {
    throw new GraphError('compile', `constant ${node.name ?? ''} has ${data.length} elements`, [tensor]);
  }
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function trimmed(names: readonly string[]): readonly string[] {
  let length = names.length;
  while (length > 0 && names[length - 1] === '') length--;
  return names.slice(0, length);
}

/** FNV-1a over at most 4,096 bytes, evenly taken: a first sieve before bytes are compared. */
function fingerprint(data: Uint8Array): number {
  let hash = 0x811c9dc5;
  const step = Math.max(1, Math.floor(data.length / 4096));
  for (let i = 0; i < data.length; i += step) hash = Math.imul(hash ^ data[i]!, 0x01000193);
  return hash >>> 0;
}

const equalBytes = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
};
