import { type ByteSource, WeightFileError } from '@prs-med/nn';
import { BundleError } from './bundle-error.js';
import { type BundleConfig, CONFIG_FILE, parseBundleConfig } from './config.js';
import { type BundleSource, webSha256 } from './source.js';

/** A bundle whose config has been read. */
export interface OpenBundle {
  readonly name: string;
  readonly config: BundleConfig;
  /** The text that the config was read from: a copy of the bundle has this, to the byte. */
  readonly configText: string;
  /** SHA-256 of `config.json`, which holds those of all other files: it stands for the whole bundle. */
  readonly sha256: string;
  /**
   * Reads a file whole and checks length and SHA-256.
   * @throws BundleError when it is missing, of another length or of other bytes
   */
  read(file: string): Promise<Uint8Array>;
  /** As `read`, as a source that does not copy what is read once. */
  open(file: string): Promise<ByteSource>;
  /** As `open`, for files too large to be held: checked, then read range by range. */
  openLarge(file: string): Promise<ByteSource>;
  /** As `openLarge`, to be read while it is being checked. Nothing made of it is to be used before that has ended well. */
  openUnchecked(file: string): Promise<UncheckedSource>;
  /** As `read`, as text in UTF-8. */
  text(file: string): Promise<string>;
}

/** A file, and the end of the check of its SHA-256. */
export interface UncheckedSource {
  readonly source: ByteSource;
  /** Rejects with BundleError when the file is damaged. */
  readonly checked: Promise<void>;
}

const REMEDY = 'copy the bundle again, or build it with prs-med bundle build';

/**
 * Reads a bundle's config. Other files are checked when they are read.
 * @throws BundleError when there is no bundle, or its config is not one
 */
export async function openBundle(source: BundleSource): Promise<OpenBundle> {
  const sha256 = source.sha256 ?? webSha256;
  const configBytes = await readWhole(await source.open(CONFIG_FILE), source.name);
  const configText = new TextDecoder().decode(configBytes);
  const config = parseBundleConfig(configText, `${source.name}, file ${CONFIG_FILE}`);

  /** The file when it has the length that it should, and what checks its sum. */
  const find = async (file: string) => {
    const expected = config.files[file];
    const where = `${source.name}, file ${file}`;
    if (expected === undefined) throw new BundleError(where, `${CONFIG_FILE} does not list it`, REMEDY);
    const opened = await source.open(file);
    if (opened.size !== expected.bytes) {
      throw new BundleError(where, `it has ${opened.size} bytes and should have ${expected.bytes}`, REMEDY);
    }
    const checkSum = (sum: string) => {
      if (sum === expected.sha256) return;
      throw new BundleError(where, `it is damaged (its SHA-256 is not the one in ${CONFIG_FILE})`, REMEDY);
    };
    return { opened, checkSum };
  };

  const read = async (file: string): Promise<Uint8Array> => {
    const { opened, checkSum } = await find(file);
    const bytes = await readWhole(opened, source.name);
    checkSum(await sha256(bytes));
    return bytes;
  };

  const openUnchecked = async (file: string): Promise<UncheckedSource> => {
    const { opened, checkSum } = await find(file);
    const check = async () => checkSum(await (source.sha256OfFile?.(file) ?? sumOfWhole(opened)));
    const checked = check();
    // It may fail before anyone awaits it.
    checked.catch(() => undefined);
    return { source: opened, checked };
  };
  const sumOfWhole = async (opened: ByteSource) => sha256(await readWhole(opened, source.name));

  return {
    name: source.name,
    config,
    configText,
    sha256: await sha256(configBytes),
    read,
    open: async (file) => {
      const bytes = await read(file);
      return viewSource(await source.open(file), bytes);
    },
    openLarge: async (file) => {
      const { source: opened, checked } = await openUnchecked(file);
      await checked;
      return opened;
    },
    openUnchecked,
    text: async (file) => new TextDecoder().decode(await read(file)),
  };
}

/** Reads and checks every file that the config lists. Throws BundleError for the first that is wrong. */
export async function checkAllFiles(bundle: OpenBundle): Promise<void> {
  const opened = await Promise.all(Object.keys(bundle.config.files).map(bundle.openUnchecked));
  for (const { checked } of opened) await checked;
}

async function readWhole(source: ByteSource, bundle: string): Promise<Uint8Array> {
  try {
    return await source.read(0, source.size);
  } catch (error) {
    if (error instanceof WeightFileError) {
      throw new BundleError(`${bundle}, file ${source.name}`, error.problem, error.remedy, { cause: error });
    }
    throw error;
  }
}

/**
 * A source over a buffer. The first read of a range gives a view of it: 97 MB of weights are worth not copying. Its
 * reader may write to it, so whoever reads the range again gets it from the file.
 */
function viewSource(file: ByteSource, bytes: Uint8Array): ByteSource {
  const given = new Set<string>();
  return {
    name: file.name,
    size: bytes.byteLength,
    async read(offset, length) {
      const range = `${offset} ${length}`;
      if (given.has(range) || offset < 0 || length < 0 || offset + length > bytes.byteLength) {
        return file.read(offset, length);
      }
      given.add(range);
      return bytes.subarray(offset, offset + length);
    },
  };
}
