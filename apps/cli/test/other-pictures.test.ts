import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writePicture } from '@prs-med/imaging/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { prsMed, workFolder } from './command.js';

// Training asks pictures that it draws itself about what they do not show; these are others.

const QUESTIONS = ['Where is the polyp?', 'Segment the left lung.', 'Is there a tumour in the upper right?'];
const SIZE = 200;
const folder = await workFolder();
const own = (name: string): string => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));

/** A picture of what a function says of each pixel. */
async function draw(name: string, valueAt: (x: number, y: number) => number): Promise<void> {
  const data = new Uint8Array(SIZE * SIZE * 3);
  for (let i = 0; i < data.length; i++) data[i] = valueAt(Math.floor(i / 3) % SIZE, Math.floor(i / 3 / SIZE));
  await writePicture(join(folder, name), { width: SIZE, height: SIZE, data });
}

describe('the embedded model, asked about pictures that are no medical ones', () => {
  beforeAll(async () => {
    await draw('black.png', () => 0);
    await draw('white.png', () => 255);
    await draw('chessboard.png', (x, y) => 255 * (((x >> 4) + (y >> 4)) % 2));
    let state = 1;
    await draw('noise.png', () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return state >>> 24;
    });
  });

  it.each(QUESTIONS)('finds nothing and says so: %s', async (question) => {
    const pictures = [
      'black.png',
      'white.png',
      'chessboard.png',
      'noise.png',
      own('drawn-cat.png'),
      own('page-of-text.png'),
    ];
    const { status, stdout } = await prsMed(
      ['segment', ...pictures, '--question', question, '--json'],
      folder,
    );
    expect(status).toBe(0);
    const { results } = JSON.parse(stdout) as {
      results: { image: string; present: boolean; answer: string }[];
    };
    expect(results).toHaveLength(pictures.length);
    for (const { image, present, answer } of results) {
      expect({ image, present, answer }).toMatchObject({ present: false });
      expect(answer).toMatch(/\b(?:no|not)\b/i);
    }
  });
});
