import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { type AttributeValue, type DataType, ELEMENT_TYPES, type Shape } from './tensor.js';

export interface OnnxNode {
  readonly operator: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

export interface OnnxInitializer {
  readonly name: string;
  readonly type: DataType;
  readonly shape: Shape;
  /** The bytes, or where they lie in a file beside the model. */
  readonly data: Uint8Array | { readonly location: string; readonly offset: number; readonly length: number };
}

export interface OnnxValue {
  readonly name: string;
  readonly type: DataType;
  /** A name stands for a size known only at a run; undefined leaves the shape open. */
  readonly shape: readonly (number | string)[] | undefined;
}

export interface OnnxModel {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxInitializer[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

type Message = (writer: BinaryWriter) => void;

const message = (writer: BinaryWriter, field: number, content: Message): void => {
  writer.tag(field, WireType.LengthDelimited).fork();
  content(writer);
  writer.join();
};
const text = (writer: BinaryWriter, field: number, value: string): void => {
  writer.tag(field, WireType.LengthDelimited).string(value);
};
const whole = (writer: BinaryWriter, field: number, value: number): void => {
  writer.tag(field, WireType.Varint).int64(value);
};

/** Bytes of an ONNX ModelProto (onnx.proto of ONNX 1.17, opset 20 and com.microsoft 1). */
export function encodeOnnx(model: OnnxModel): Uint8Array {
  const writer = new BinaryWriter();
  whole(writer, 1, 10); // ir_version
  text(writer, 2, 'prs-med');
  message(writer, 7, (graph) => {
    for (const node of model.nodes) message(graph, 1, (w) => encodeNode(w, node));
    text(graph, 2, 'graph');
    for (const initializer of model.initializers) message(graph, 5, (w) => encodeInitializer(w, initializer));
    for (const value of model.inputs) message(graph, 11, (w) => encodeValue(w, value));
    for (const value of model.outputs) message(graph, 12, (w) => encodeValue(w, value));
  });
  for (const [domain, version] of [
    ['', 20],
    ['com.microsoft', 1],
  ] as const) {
    message(writer, 8, (w) => {
      text(w, 1, domain);
      whole(w, 2, version);
    });
  }
  return writer.finish();
}

function encodeNode(writer: BinaryWriter, node: OnnxNode): void {
  for (const name of node.inputs) text(writer, 1, name);
  for (const name of node.outputs) text(writer, 2, name);
  text(writer, 4, node.operator);
  for (const [name, value] of Object.entries(node.attributes))
    message(writer, 5, (w) => encodeAttribute(w, name, value));
  text(writer, 7, node.domain);
}

function encodeAttribute(writer: BinaryWriter, name: string, value: AttributeValue): void {
  text(writer, 1, name);
  const type = (code: number) => whole(writer, 20, code);
  if (typeof value === 'number') {
    whole(writer, 3, value);
    type(2);
  } else if (typeof value === 'string') {
    text(writer, 4, value);
    type(3);
  } else if ('float' in value) {
    writer.tag(2, WireType.Bit32).float(value.float);
    type(1);
  } else {
    for (const item of value) whole(writer, 8, item);
    type(7);
  }
}

function encodeInitializer(writer: BinaryWriter, initializer: OnnxInitializer): void {
  for (const size of initializer.shape) whole(writer, 1, size);
  whole(writer, 2, ELEMENT_TYPES[initializer.type]);
  text(writer, 8, initializer.name);
  const { data } = initializer;
  if (data instanceof Uint8Array) {
    writer.tag(9, WireType.LengthDelimited).bytes(data);
    return;
  }
  for (const [key, value] of Object.entries(data)) {
    message(writer, 13, (w) => {
      text(w, 1, key);
      text(w, 2, String(value));
    });
  }
  whole(writer, 14, 1); // data_location EXTERNAL
}

function encodeValue(writer: BinaryWriter, value: OnnxValue): void {
  text(writer, 1, value.name);
  message(writer, 2, (type) =>
    message(type, 1, (tensor) => {
      whole(tensor, 1, ELEMENT_TYPES[value.type]);
      if (value.shape === undefined) return;
      const { shape } = value;
      message(tensor, 2, (w) => {
        for (const size of shape) {
          message(w, 1, (dimension) =>
            typeof size === 'number' ? whole(dimension, 1, size) : text(dimension, 2, size),
          );
        }
      });
    }),
  );
}
