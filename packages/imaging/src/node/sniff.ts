/** The formats that are read. */
export type PictureFormat = 'png' | 'jpeg' | 'tiff' | 'webp' | 'gif' | 'bmp';

/** The picture format that a file's first bytes announce, or the name of what else it is, if known. */
export type Sniffed = { format: PictureFormat } | { other: string | null };

/**
 * Tells a file's format from its first bytes, never from its name.
 * Only what is listed here reaches a decoder: libvips alone would also render SVG and others.
 */
export function sniffFormat(bytes: Uint8Array): Sniffed {
  if (startsWith(bytes, '\x89PNG\r\n\x1a\n')) return { format: 'png' };
  if (startsWith(bytes, '\xff\xd8\xff')) return { format: 'jpeg' };
  if (startsWith(bytes, 'GIF87a') || startsWith(bytes, 'GIF89a')) return { format: 'gif' };
  if (startsWith(bytes, 'RIFF') && startsWith(bytes, 'WEBP', 8)) return { format: 'webp' };
  if (['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].some((magic) => startsWith(bytes, magic)))
    return { format: 'tiff' };
  // Two letters are little: the size of the header that follows must be one that bitmaps have.
  if (startsWith(bytes, 'BM') && [12, 40, 52, 56, 108, 124].includes(bytes[14] ?? 0))
    return { format: 'bmp' };
  return { other: nameOther(bytes) };
}

function nameOther(bytes: Uint8Array): string | null {
  if (startsWith(bytes, '%PDF')) return 'a PDF document';
  if (startsWith(bytes, 'DICM', 128)) return 'a DICOM file';
  if (startsWith(bytes, 'ftyp', 4)) return 'a HEIF, AVIF or video file';
  if (startsWith(bytes, '\xff\x0a') || startsWith(bytes, 'JXL ', 4)) return 'a JPEG XL picture';
  if (startsWith(bytes, '\xff\x4f\xff\x51') || startsWith(bytes, 'jP  ', 4)) return 'a JPEG 2000 picture';
  if (startsWith(bytes, '\x1f\x8b')) return 'a gzip archive';
  if (startsWith(bytes, 'PK\x03\x04')) return 'a ZIP archive';
  if (startsWith(bytes, 'n+1\0', 344) || startsWith(bytes, 'ni1\0', 344)) return 'a NIfTI volume';
  const text = new TextDecoder().decode(bytes.subarray(0, 1024)).trimStart().toLowerCase();
  if (text.startsWith('<') && text.includes('<svg')) return 'an SVG drawing';
  if (text.startsWith('<!doctype html') || text.startsWith('<html')) return 'a web page';
  return null;
}

function startsWith(bytes: Uint8Array, magic: string, at = 0): boolean {
  if (bytes.length < at + magic.length) return false;
  for (let i = 0; i < magic.length; i++) if (bytes[at + i] !== magic.charCodeAt(i)) return false;
  return true;
}

/** Whether a PNG has its last chunk, IEND, whole: decoders forgive a file cut just before it. */
export function pngIsWhole(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 8;
  while (at + 12 <= bytes.length) {
    const next = at + 12 + view.getUint32(at);
    if (startsWith(bytes, 'IEND', at + 4)) return next <= bytes.length;
    at = next;
  }
  return false;
}
