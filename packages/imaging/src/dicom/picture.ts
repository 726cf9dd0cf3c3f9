import type { DataSet } from 'dicom-parser';
import type { DecodedPicture, Picture } from '../picture.js';
import { type DisplayWindow, drawRange, drawWindow, type ValuePlane } from '../windowing.js';
import { type DicomFile, parseDicom } from './parse.js';
import { type DicomPixels, functionalGroup, readPixels } from './pixels.js';

const PIXEL_VALUE_TRANSFORMATION = 'x00289145';
const FRAME_VOI_LUT = 'x00289132';

/**
 * Decodes a DICOM picture as viewers show it: rescaled, through the file's first window, MONOCHROME1 inverted.
 * Without a window 8-bit values are shown as they are, others from the least to the greatest. Of several frames the
 * first is read, with a warning; lookup tables in the file are not applied, with a warning.
 * Source: DICOM PS3.3, C.7.6.3, C.11.1 and C.11.2.
 * @param name what errors call the file
 * @throws PictureError for a file that is damaged, compressed, without pixels or of a kind that is not read
 */
export async function decodeDicom(bytes: Uint8Array, name: string): Promise<DecodedPicture> {
  const file = await parseDicom(bytes, name);
  const pixels = readPixels(file);
  const warnings =
    pixels.frames > 1 ? [`the file has ${pixels.frames} frames; only the first frame is read`] : [];
  if (pixels.channels === 3) return { picture: colourPicture(pixels), warnings };
  const window = windowOf(file.data);
  if (file.data.elements.x00283000) warnings.push('its modality lookup table is not applied');
  if (!window && file.data.elements.x00283010) {
    warnings.push('its table of what to show is not applied; all values are shown, from least to greatest');
  }
  return { picture: greyPicture(rescaled(file, pixels), window ?? wholeWindow(pixels), pixels), warnings };
}

/**
 * The values of a grey DICOM picture after its rescale slope and intercept: Hounsfield units in CT.
 * @throws PictureError as {@link decodeDicom} does, and for colour
 */
export async function readDicomValues(bytes: Uint8Array, name: string): Promise<ValuePlane> {
  const file = await parseDicom(bytes, name);
  return rescaled(file, readPixels(file));
}

function rescaled(file: DicomFile, { width, height, values }: DicomPixels): ValuePlane {
  const group = functionalGroup(file.data, PIXEL_VALUE_TRANSFORMATION);
  const slope = group.floatString('x00281053') ?? 1;
  const intercept = group.floatString('x00281052') ?? 0;
  if (slope !== 1 || intercept !== 0) {
    for (let i = 0; i < values.length; i++) values[i] = values[i]! * slope + intercept;
  }
  return { width, height, data: values };
}

function greyPicture(plane: ValuePlane, window: DisplayWindow | null, pixels: DicomPixels): Picture {
  const inverted = pixels.photometric === 'MONOCHROME1';
  return window ? drawWindow(plane, window, inverted) : drawRange(plane, inverted);
}

/** The file's first window, where it has one that can be used. */
function windowOf(data: DataSet): DisplayWindow | null {
  const group = functionalGroup(data, FRAME_VOI_LUT);
  const level = group.floatString('x00281050', 0);
  const width = group.floatString('x00281051', 0);
  if (level === undefined || width === undefined || !Number.isFinite(level) || !(width > 0)) return null;
  const named = group.string('x00281056');
  const curve = named === 'SIGMOID' ? 'sigmoid' : named === 'LINEAR_EXACT' ? 'linear-exact' : 'linear';
  return { level, width, curve };
}

/** What 8-bit values are shown through where the file names no window. */
function wholeWindow({ bitsStored, signed }: DicomPixels): DisplayWindow | null {
  if (bitsStored > 8 || signed) return null;
  const greatest = 2 ** bitsStored - 1;
  return { level: greatest / 2, width: greatest, curve: 'linear-exact' };
}

/** Source of the conversion from luminance and chrominance: DICOM PS3.3, C.7.6.3.1.2. */
function colourPicture({ width, height, values, photometric }: DicomPixels): Picture {
  const data = new Uint8ClampedArray(values.length);
  if (photometric === 'RGB') data.set(values);
  else {
    for (let i = 0; i < values.length; i += 3) {
      const luminance = values[i]!;
      const blue = values[i + 1]! - 128;
      const red = values[i + 2]! - 128;
      data[i] = luminance + 1.402 * red;
      data[i + 1] = luminance - 0.344136 * blue - 0.714136 * red;
      data[i + 2] = luminance + 1.772 * blue;
    }
  }
  return { width, height, data: new Uint8Array(data.buffer) };
}
