import { describe, expect, it } from 'vitest';
import { findLeaks, type GroupLeak, parseExamples, parseIndexCsv } from '../../src/data/index-csv.js';

const HEADER = 'dataset,modality,target,image,mask,group,split,width,height';
const POLYP = 'kvasir,endoscopy,polyp,a.jpg,a.png,g1,train,384,327';

const index = (...rows: string[]) => [HEADER, ...rows].join('\n');

describe('index.csv', () => {
  it('reads typed rows, with a byte order mark, quotes and other columns', () => {
    const text = `\uFEFF${HEADER},note\r\n${POLYP},"one, two"\r\n`;
    expect(parseIndexCsv(text)).toEqual([
      {
        line: 2,
        dataset: 'kvasir',
        modality: 'endoscopy',
        target: 'polyp',
        image: 'a.jpg',
        mask: 'a.png',
        group: 'g1',
        split: 'train',
        width: 384,
        height: 327,
      },
    ]);
  });

  it('joins the targets of a picture', () => {
    const examples = parseExamples(
      index(
        'medseg,ct,lung,c.jpg,m/c.png,s1,val,320,320',
        POLYP,
        'medseg,ct,lung infection,c.jpg,i/c.png,s1,val,320,320',
      ),
    );
    expect(examples.map(({ id, split }) => [id, split])).toEqual([
      ['c.jpg', 'val'],
      ['a.jpg', 'train'],
    ]);
    expect(examples[0]!.targets).toEqual([
      { target: 'lung', mask: 'm/c.png' },
      { target: 'lung infection', mask: 'i/c.png' },
    ]);
  });

  it.each([
    [
      'a missing column',
      'dataset,modality,target,image,group,split,width\n',
      'x.csv: row 1: missing column "mask", "height"',
    ],
    ['no rows', HEADER, 'x.csv: no rows'],
    ['an unknown split', index(POLYP.replace('train', 'trian')), 'x.csv: row 2: unknown split "trian"'],
    [
      'an empty value',
      index(POLYP, POLYP.replace('a.png', '')),
      'x.csv: row 3: empty value in column "mask"',
    ],
    [
      'a bad size',
      index(POLYP.replace('384', '38.4')),
      'x.csv: row 2: width "38.4" is not a positive whole number',
    ],
    ['a short row', index('kvasir,endoscopy'), 'x.csv: not a well-formed CSV file'],
    ['a duplicate', index(POLYP, POLYP), 'x.csv: row 3: duplicate of image "a.jpg" with target "polyp"'],
    [
      'a mask of two targets',
      index(POLYP, POLYP.replace('polyp', 'lung')),
      'x.csv: row 3: mask "a.png" stands for two targets of image "a.jpg"',
    ],
    [
      'a contradiction',
      index(POLYP, 'kvasir,ct,lung,a.jpg,b.png,g1,train,384,327'),
      'x.csv: row 3: modality of image "a.jpg" is "ct" here and "endoscopy" in row 2',
    ],
    [
      'a leak',
      index(POLYP, POLYP.replaceAll('a.', 'b.').replace('train', 'test')),
      'x.csv: row 3: group "g1" is in split "test" here and in "train" in row 2, which leaks',
    ],
  ])('refuses %s by file and row', (_, text, message) => {
    expect(() => parseExamples(text, { file: 'x.csv' })).toThrow(message);
  });

  it('keeps only the most protected split of a leaking group when asked, and tells', () => {
    const text = index(
      POLYP,
      POLYP.replaceAll('a.', 'b.').replace('train', 'val'),
      POLYP.replaceAll('a.', 'c.').replace('train', 'test'),
      POLYP.replaceAll('a.', 'd.').replace('g1', 'g2'),
    );
    const told: GroupLeak[] = [];
    const onLeak = (answer: 'drop' | 'keep') => (leak: GroupLeak) => {
      told.push(leak);
      return answer;
    };
    const examples = parseExamples(text, { onLeak: onLeak('drop') });
    expect(examples.map(({ id, split }) => [id, split])).toEqual([
      ['c.jpg', 'test'],
      ['d.jpg', 'train'],
    ]);
    expect(told).toEqual([
      { group: 'g1', kept: 'test', keptLine: 4, otherLine: 2, dropped: 2, splits: ['train', 'val', 'test'] },
    ]);
    expect(findLeaks(parseIndexCsv(text))).toEqual(told);
    expect(parseExamples(text, { onLeak: onLeak('keep') })).toHaveLength(4);
  });
});
