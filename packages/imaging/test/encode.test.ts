import { describe, expect, it } from 'vitest';
import { decodePicture, encodeJpeg } from '../src/node/index.js';

describe('encodeJpeg', () => {
  it('keeps the picture about as it is, in fewer bytes at a lower quality', async () => {
    const [width, height] = [48, 32];
    const data = new Uint8Array(width * height * 3);
    for (let i = 0; i < width * height; i++)
      data.set([(i % width) * 5, 80, Math.floor(i / width) * 7], i * 3);
    const jpeg = await encodeJpeg({ width, height, data }, 90);
    const { picture } = await decodePicture(jpeg, 'made.jpg');
    expect([picture.width, picture.height]).toEqual([width, height]);
    const differences = picture.data.map((value, i) => Math.abs(value - data[i]!));
    expect(Math.max(...differences)).toBeLessThan(24);
    expect((await encodeJpeg({ width, height, data }, 30)).length).toBeLessThan(jpeg.length);
  });
});
