import { describe, expect, it } from 'vitest';
import { paperTiny } from '../../src/index.js';
import { clipPicture } from '../../src/llava/clip-picture.js';

const { language } = paperTiny;
if (language.kind !== 'llava') throw new Error('preset paper-tiny has LLaVA');
const config = { ...language.vision, imageSize: 4 };

describe('a picture for the tower', () => {
  it('stands between bands of the mean colour, cut to whole numbers', () => {
    const picture = { width: 4, height: 2, data: new Uint8Array(24).map((_, i) => [250, 128, 0][i % 3]!) };
    const tensor = clipPicture(picture, config);
    // Of a channel the first and last row are padding, each a little below the mean.
    const values = [0, 1, 2].map((channel) => {
      const plane = tensor.subarray(16 * channel, 16 * channel + 16);
      const [band, inside] = [[...plane.slice(0, 4), ...plane.slice(12)], [...plane.slice(4, 12)]];
      expect([new Set(band).size, new Set(inside).size]).toEqual([1, 1]);
      return [band[0]!, inside[0]!];
    });
    const wanted = [
      [(122 / 255 - 0.48145466) / 0.26862954, (250 / 255 - 0.48145466) / 0.26862954],
      [(116 / 255 - 0.4578275) / 0.26130258, (128 / 255 - 0.4578275) / 0.26130258],
      [(104 / 255 - 0.40821073) / 0.27577711, (0 - 0.40821073) / 0.27577711],
    ];
    for (const [i, value] of values.flat().entries()) expect(value).toBeCloseTo(wanted.flat()[i]!, 5);
  });

  it('is resized by a cubic, which overshoots beside an edge', () => {
    const data = new Uint8Array(3 * 64).map((_, i) => (Math.floor(i / 3) % 8 < 4 ? 50 : 200));
    const row = clipPicture({ width: 8, height: 8, data }, { ...config, imageSize: 16 }).subarray(0, 16);
    expect(Math.min(...row)).toBeLessThan((49 / 255 - 0.48145466) / 0.26862954);
    expect(Math.max(...row)).toBeGreaterThan((201 / 255 - 0.48145466) / 0.26862954);
  });
});
