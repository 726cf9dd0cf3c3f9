import { type Reader, ZipReader } from '@zip.js/zip.js/lib/zip-core-reader.js';
import { FETCH_AGAIN, quoted, WeightFileError } from './errors.js';
import { type ByteSource, checkRange } from './source.js';

/** A file stored without compression inside a zip, where its bytes can be read by range. */
export interface ZipRecord {
  readonly name: string;
  readonly byteLength: number;
  /** Offset in the zip of the record's local header, which its bytes follow. */
  readonly headerOffset: number;
}

const LOCAL_HEADER = 30;
const LARGEST_DIRECTORY = 1 << 27;

/** zip.js over a source. It may ask beyond the end, as one may with a Blob, and gets what there is. */
function zipReader(source: ByteSource): ZipReader<ByteSource> {
  const reader: Pick<Reader<ByteSource>, 'size' | 'readUint8Array'> = {
    size: source.size,
    async readUint8Array(offset, length) {
      if (length > LARGEST_DIRECTORY) throw new Error('its directory is too large');
      const begin = Math.min(Math.max(0, offset), source.size);
      return new Uint8Array(await source.read(begin, Math.min(Math.max(0, length), source.size - begin)));
    },
  };
  // Listing uses no more of a Reader than these two, and the entry point for reading does not export the class.
  return new ZipReader(reader as Reader<ByteSource>);
}

/**
 * Lists the records of a zip, by name; only its directory at the end is read. Throws WeightFileError when that
 * is damaged, when a record is compressed or encrypted, or when a name is there twice.
 */
export async function listZipRecords(source: ByteSource): Promise<Map<string, ZipRecord>> {
  const file = source.name;
  const records = new Map<string, ZipRecord>();
  try {
    for await (const entry of zipReader(source).getEntriesGenerator()) {
      const name = entry.filename;
      if (
        entry.compressionMethod !== 0 ||
        entry.encrypted ||
        entry.compressedSize !== entry.uncompressedSize
      ) {
        const problem = `record ${quoted(name)} of the zip is compressed or encrypted, and PyTorch writes neither`;
        throw new WeightFileError(file, problem, 'give the file as torch.save wrote it');
      }
      if (records.has(name))
        throw new WeightFileError(file, `the zip has ${quoted(name)} twice`, FETCH_AGAIN);
      checkRange(source, entry.offset, LOCAL_HEADER + entry.uncompressedSize);
      records.set(name, { name, byteLength: entry.uncompressedSize, headerOffset: entry.offset });
    }
  } catch (error) {
    if (error instanceof WeightFileError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new WeightFileError(file, `the zip cannot be read (${reason})`, FETCH_AGAIN, { cause: error });
  }
  return records;
}

/** The offset of a record's bytes in the zip. Throws WeightFileError where they are not in the file. */
export async function locateZipRecord(source: ByteSource, record: ZipRecord): Promise<number> {
  const bytes = await source.read(record.headerOffset, LOCAL_HEADER);
  const header = new DataView(bytes.buffer);
  if (header.getUint32(0, true) !== 0x04034b50) {
    throw new WeightFileError(source.name, `${quoted(record.name)} is not where the zip says`, FETCH_AGAIN);
  }
  // The local name and extra field may be longer than the directory's: PyTorch aligns records with them.
  const nameAndExtra = header.getUint16(26, true) + header.getUint16(28, true);
  const offset = record.headerOffset + LOCAL_HEADER + nameAndExtra;
  checkRange(source, offset, record.byteLength);
  return offset;
}
