import { PictureError } from '@prs-med/imaging';
import type { Dataset, File } from 'h5wasm';

/** Numbers of a MATLAB matrix as it stores them: column by column. */
export interface MatlabMatrix {
  rows: number;
  columns: number;
  values: ArrayLike<number>;
}

/** An open MATLAB file. Names of variables in a struct have a "/": "cjdata/image". */
export interface MatlabFile {
  has(name: string): boolean;
  /** @throws PictureError when it is no matrix of numbers */
  sizeOf(name: string): Pick<MatlabMatrix, 'rows' | 'columns'>;
  /** @throws PictureError when it is no matrix of numbers, or damaged */
  matrix(name: string): MatlabMatrix;
  /** Text, or a number as text. @throws PictureError when it is neither */
  text(name: string): string;
}

let opened = 0;

/**
 * Opens a MATLAB file of version 7.3, which is HDF5, and closes it after `read`.
 * @param name what errors call the file
 * @throws PictureError when it is of another kind, damaged or cut short
 */
export async function readMatlabFile<T>(
  bytes: Uint8Array,
  name: string,
  read: (file: MatlabFile) => T,
): Promise<T> {
  // Four megabytes, loaded only where there is such a file.
  const { Dataset: DatasetClass, File: FileClass, ready } = await import('h5wasm');
  const module = await ready;
  // Else the library prints what fails, and goes on.
  module.activate_throwing_error_handler();
  const path = `/${opened++}.mat`;
  module.FS.writeFile(path, bytes);
  let file: File | undefined;
  try {
    const open = new FileClass(path, 'r');
    file = open;
    return read(
      accessTo((variable) => {
        const found = open.get(variable);
        return found instanceof DatasetClass ? found : null;
      }, name),
    );
  } catch (error) {
    if (error instanceof PictureError) throw error;
    const problem = 'it is not a MATLAB file of version 7.3, or damaged or cut short';
    throw new PictureError(name, problem, 'copy or unpack it again', { cause: error });
  } finally {
    file?.close();
    module.FS.unlink(path);
  }
}

function accessTo(find: (variable: string) => Dataset | null, name: string): MatlabFile {
  const dataset = (variable: string): Dataset => {
    const found = find(variable);
    if (found) return found;
    throw new PictureError(name, `it has no "${variable}"`, 'give a file of the set as it is published');
  };
  const sizeOf = (variable: string) => {
    // HDF5 names the slowest axis first, and MATLAB's slowest is the last one.
    const [columns, rows, ...more] = dataset(variable).shape ?? [];
    if (rows === undefined || columns === undefined || more.length > 0) throw noMatrix(name, variable);
    return { rows, columns };
  };
  return {
    has: (variable) => find(variable) !== null,
    sizeOf,
    matrix: (variable) => {
      const { value } = dataset(variable);
      if (!isNumbers(value)) throw noMatrix(name, variable);
      return { ...sizeOf(variable), values: value };
    },
    text: (variable) => {
      const found = dataset(variable);
      const { value } = found;
      if (!isNumbers(value)) throw noMatrix(name, variable);
      const isText = found.attrs.MATLAB_class?.value === 'char';
      return isText ? String.fromCharCode(...Array.from(value)) : String(value[0]);
    },
  };
}

function isNumbers(value: unknown): value is ArrayLike<number> {
  return ArrayBuffer.isView(value) && !(value instanceof DataView) && !(value instanceof BigInt64Array);
}

function noMatrix(name: string, variable: string): PictureError {
  return new PictureError(
    name,
    `its "${variable}" is not a matrix`,
    'give a file of the set as it is published',
  );
}
