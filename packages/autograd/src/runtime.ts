import type { InferenceSession, Tensor as OrtTensor, TensorConstructor } from 'onnxruntime-common';
import type { CompiledGraph } from './compile.js';
import { type DataType, elementCount, formatShape, type Shape, type TensorData } from './tensor.js';

/** Numbers that go into a graph or come out of one. */
export interface TensorValue {
  readonly type: DataType;
  readonly shape: Shape;
  readonly data: TensorData;
}

export type Values = Readonly<Record<string, TensorValue>>;

/** A graph ready to run. Making one is slow and holds its weights: few and long-lived. */
export interface Session {
  /** Runs once. `into` names outputs whose arrays are written in place. Throws an Error for a missing or misshapen input. */
  run(feeds: Values, into?: Values): Promise<Record<string, TensorValue>>;
  release(): Promise<void>;
}

export interface SessionOptions {
  /** Threads within an operator; all cores when left out. */
  readonly threads?: number;
  /** Keep freed memory for the next run: faster, larger. On by default. */
  readonly keepMemory?: boolean;
}

/** Where graphs run: ONNX Runtime in Node, in a browser, on whatever provider. */
export interface Runtime {
  readonly name: string;
  load(graph: CompiledGraph, options?: SessionOptions): Promise<Session>;
}

/** The part of onnxruntime-node and onnxruntime-web that is used here. */
export interface OnnxRuntimeModule {
  readonly InferenceSession: {
    create(model: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: TensorConstructor;
}

/**
 * A Runtime over a build of ONNX Runtime and the providers to use, in order.
 * @param writesInPlace whether the build itself writes into arrays that are given for outputs, as onnxruntime-node does;
 *   onnxruntime-web gives them back as they were, so results are copied
 */
export function createRuntime(
  ort: OnnxRuntimeModule,
  name: string,
  providers: readonly string[],
  writesInPlace = false,
): Runtime {
  return {
    name,
    async load(graph, options = {}) {
      const session = await ort.InferenceSession.create(graph.model, {
        executionProviders: [...providers],
        externalData: graph.externalData.map(({ path, data }) => ({ path, data })),
        enableCpuMemArena: options.keepMemory ?? true,
        enableMemPattern: options.keepMemory ?? true,
        // Level 3: level 2 hides the warnings about initializers that folding made unused.
        logSeverityLevel: 3,
        // Idle threads of one session would otherwise keep the cores from the next: twice the time on two cores.
        extra: { session: { intra_op: { allow_spinning: '0' } } },
        ...(options.threads === undefined ? {} : { intraOpNumThreads: options.threads }),
      });
      // Only the descriptions are kept: the session has its own copy of the weights.
      return openSession(ort, session, { inputs: graph.inputs, outputs: graph.outputs }, writesInPlace);
    },
  };
}

function openSession(
  ort: OnnxRuntimeModule,
  session: InferenceSession,
  graph: Pick<CompiledGraph, 'inputs' | 'outputs'>,
  writesInPlace: boolean,
): Session {
  const toOrt = (value: TensorValue): OrtTensor =>
    new ort.Tensor(value.type as 'float32', value.data as Float32Array, value.shape);
  return {
    async run(feeds, into = {}) {
      const inputs: Record<string, OrtTensor> = {};
      for (const { name, type, shape } of graph.inputs) {
        const value = feeds[name];
        if (value === undefined)
          throw new Error(`run: input ${name} ${type}${formatShape(shape)} is missing`);
        if (
          value.type !== type ||
          value.shape.length !== shape.length ||
          value.data.length !== elementCount(value.shape)
        ) {
          throw new Error(
            `run: input ${name} is ${value.type}${formatShape(value.shape)} with ${value.data.length} elements, not ${type}${formatShape(shape)}`,
          );
        }
        inputs[name] = toOrt(value);
      }
      const wanted: Record<string, OrtTensor | null> = {};
      for (const { name } of graph.outputs)
        wanted[name] = into[name] === undefined || !writesInPlace ? null : toOrt(into[name]);
      const results = await session.run(inputs, wanted);
      return Object.fromEntries(
        Object.entries(results).map(([name, result]) => {
          const value = {
            type: result.type as DataType,
            shape: result.dims,
            data: result.data as TensorData,
          };
          const target = into[name]?.data;
          if (target === undefined || target === value.data) return [name, value];
          copyInto(target, value.data, name);
          return [name, { ...value, data: target }];
        }),
      );
    },
    release: () => session.release(),
  };
}

function copyInto(target: TensorData, data: TensorData, name: string): void {
  if (target.length !== data.length || target.constructor !== data.constructor)
    throw new Error(`run: the array for output ${name} has ${target.length} elements, not ${data.length}`);
  (target as Float32Array).set(data as Float32Array);
}
