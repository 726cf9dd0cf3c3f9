import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mask } from '@prs-med/imaging';
import { writeMask } from '@prs-med/imaging/node';
import { encodeRle } from '@prs-med/posmed';
import { describe, expect, it } from 'vitest';
import { expectFailure, fixture, prsMed, workFolder } from './command.js';

const folder = await workFolder({ bundle: false });
const zones = (...args: string[]) => prsMed(['zones', ...args], folder);

/** A mask of 40 x 20 pixels. */
function rectangles(...boxes: [number, number, number, number][]): Mask {
  const mask = { width: 40, height: 20, data: new Uint8Array(800) };
  for (const [x, y, width, height] of boxes) {
    for (let row = y; row < y + height; row++) mask.data.fill(1, row * 40 + x, row * 40 + x + width);
  }
  return mask;
}

const one = rectangles([2, 1, 10, 5]);
const two = rectangles([2, 1, 10, 5], [30, 12, 8, 8]);
await mkdir(join(folder, 'masks', 'deep'), { recursive: true });
await Promise.all([
  writeMask(join(folder, 'masks', 'two.png'), two),
  writeMask(join(folder, 'masks', 'deep', 'one.png'), one),
  writeMask(join(folder, 'empty.png'), rectangles()),
  writeFile(join(folder, 'masks', 'readme.txt'), 'no mask\n'),
  writeFile(join(folder, 'masks', '.hidden.png'), 'no mask\n'),
  writeFile(join(folder, 'one.json'), JSON.stringify({ size: [20, 40], counts: encodeRle(one) })),
  writeFile(
    join(folder, 'named.json'),
    JSON.stringify([
      { category_id: 3, segmentation: { size: [20, 40], counts: encodeRle(one) } },
      { category_name: 'cup', segmentation: { size: [20, 40], counts: [799, 1] } },
    ]),
  ),
]);

const place = {
  zone: 'top-left',
  nearCenter: false,
  box: [2, 1, 10, 5],
  centroid: [6.5, 3],
  areaFraction: 50 / 800,
  extent: 1,
};

describe('prs-med zones', () => {
  it('describes masks, whole and by region, in the order of the call', async () => {
    const result = await zones('masks/two.png', 'empty.png', '--json');
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(result.stdout)).toEqual({
      masks: [
        {
          mask: 'masks/two.png',
          zone: 'center',
          nearCenter: true,
          box: [2, 1, 36, 19],
          centroid: [21.66, 10.02],
          areaFraction: 0.1425,
          extent: 0.1667,
          regions: [
            place,
            {
              zone: 'bottom-right',
              nearCenter: false,
              box: [30, 12, 8, 8],
              centroid: [33.5, 15.5],
              areaFraction: 0.08,
              extent: 1,
            },
          ],
        },
        {
          mask: 'empty.png',
          zone: null,
          nearCenter: false,
          box: null,
          centroid: null,
          areaFraction: 0,
          extent: null,
          regions: [],
        },
      ],
      rule: 'box',
      laterality: 'image',
    });
  });

  it('goes by the centroid where asked', async () => {
    const result = await zones('masks/two.png', '--rule', 'centroid', '--json');
    const document = JSON.parse(result.stdout) as { masks: { zone: string; regions: { zone: string }[] }[] };
    expect(document).toMatchObject({ rule: 'centroid', masks: [{ zone: 'center' }] });
    expect(document.masks[0]!.regions.map(({ zone }) => zone)).toEqual(['top-left', 'bottom-right']);
  });

  it("turns zones to the patient's sides where asked, and boxes not", async () => {
    const result = await zones('one.json', '--laterality', 'patient', '--json');
    expect(JSON.parse(result.stdout)).toMatchObject({
      laterality: 'patient',
      masks: [{ zone: 'top-right', box: [2, 1, 10, 5], regions: [{ zone: 'top-right' }] }],
    });
    expect((await zones('one.json', '--laterality', 'patient')).stdout).toContain("zone, patient's sides");
  });

  it('gives each label of a file an entry', async () => {
    const labels = fixture('labels-rgb.png');
    const result = await zones(labels, 'named.json', '--json');
    expect(result).toMatchObject({ status: 0, stderr: '' });
    const { masks } = JSON.parse(result.stdout) as {
      masks: { mask: string; label?: unknown; zone: string }[];
    };
    expect(masks.map(({ mask, label, zone }) => [mask, label, zone])).toEqual([
      [labels, '#008000', 'bottom-left'],
      [labels, '#800000', 'top-left'],
      [labels, '#ffffff', 'bottom-right'],
      ['named.json', 3, 'top-left'],
      ['named.json', 'cup', 'bottom-right'],
    ]);
  });

  it('walks folders and shows a table', async () => {
    const result = await zones('masks', 'empty.png');
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(result.stdout).toBe(
      [
        'mask                zone      near center  box              of the picture  regions',
        'masks/deep/one.png  top-left  no           10 x 5 at 2, 1   6.25 %          1',
        'masks/two.png       center    yes          36 x 19 at 2, 1  14.2 %          2',
        'empty.png           empty                                   0 %             0',
        '',
      ].join('\n'),
    );
  });

  it('names each file that is no mask, and does the others', async () => {
    await mkdir(join(folder, 'nothing'), { recursive: true });
    await writeFile(join(folder, 'bad.json'), '{"size": [20, 40], "counts": [5]}');
    await writeFile(join(folder, 'cut.png'), (await readFile(join(folder, 'empty.png'))).subarray(0, 60));
    const files = ['missing.png', 'nothing', 'bad.json', 'cut.png', fixture('photograph.jpg')];
    const result = await zones(...files, 'one.json', '--json');
    expect(result.status).toBe(2);
    expect((JSON.parse(result.stdout) as { masks: { mask: string }[] }).masks).toMatchObject([
      { mask: 'one.json', ...place, regions: [place] },
    ]);
    const lines = result.stderr
      .replace(/its \d+ values/, 'its N values')
      .trimEnd()
      .split('\n')
      .sort();
    expect(lines).toEqual(
      [
        `prs-med: ${fixture('photograph.jpg')}: its N values are those of a photograph, not of a mask; give the mask, with one value for the target or one value or colour a label`,
        "prs-med: bad.json: the runs of the mask cover 5 pixels, not the 800 of 40 x 20; write it with COCO's tools",
        'prs-med: cut.png: the file is damaged or cut short; copy or export it again',
        'prs-med: missing.png: there is no such file; check the path',
        'prs-med: nothing: this folder holds no masks; name one with PNG, TIFF or JSON files',
      ].sort(),
    );
  });

  it('keeps the order of many files, which several threads read', async () => {
    const many = join(folder, 'many');
    await mkdir(many);
    const files = Array.from({ length: 600 }, (_, i) => `${String(i).padStart(3, '0')}.png`);
    const sources = ['masks/two.png', 'masks/deep/one.png', 'empty.png', 'masks/readme.txt'];
    await Promise.all(files.map((file, i) => copyFile(join(folder, sources[i % 4]!), join(many, file))));
    const result = await zones('many', '--json');
    expect(result.status).toBe(2);
    const { masks } = JSON.parse(result.stdout) as { masks: { mask: string; zone: string | null }[] };
    expect(masks.map(({ mask, zone }) => [mask, zone])).toEqual(
      files.flatMap((file, i) =>
        i % 4 === 3 ? [] : [[`many/${file}`, ['center', 'top-left', null][i % 4]]],
      ),
    );
    expect(result.stderr.trimEnd().split('\n')).toEqual(
      files
        .filter((_, i) => i % 4 === 3)
        .map(
          (file) =>
            `prs-med: many/${file}: this is not a picture; give a PNG, JPEG, TIFF, WebP, GIF or BMP file`,
        ),
    );
  });

  it('prints nothing where nothing could be read', async () => {
    expectFailure(await zones('missing.png', '--json'), 2, 'missing.png: there is no such file');
    expectFailure(await zones(), 2, "zones: missing required argument 'mask'");
    expectFailure(await zones('one.json', '--rule', 'middle'), 2, 'Allowed choices are box, centroid');
  });
});
