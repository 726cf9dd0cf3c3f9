import { ZONES } from '@prs-med/imaging';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AuditReport,
  auditDataset,
  type DatasetImage,
  type ImageRow,
  type Split,
} from '../../src/index.js';
import { madeImage, madePair } from './made-images.js';

const noThumbnail = () => Promise.resolve(null);

function audit(
  images: readonly DatasetImage[],
  options: { testTemplates?: string[]; thumbnailOf?: (image: ImageRow) => Promise<Uint8Array | null> } = {},
): Promise<AuditReport> {
  async function* stream() {
    yield* images;
  }
  return auditDataset(stream(), {
    zoneRule: 'box',
    testTemplates: new Set(options.testTemplates),
    thumbnailOf: options.thumbnailOf ?? noThumbnail,
  });
}

const checksOf = (report: AuditReport) => report.findings.map(({ check }) => check);
const finding = (report: AuditReport, check: string) =>
  report.findings.find((found) => found.check === check);

/** Forty images whose zones go round, thirty of them to train, five to each other split. */
const sound = (): DatasetImage[] =>
  Array.from({ length: 40 }, (_, i) =>
    madeImage(i, ZONES[i % 5]!, { split: i < 30 ? 'train' : i < 35 ? 'val' : 'test' }),
  );

describe('an audit of sound rows', () => {
  it('finds nothing and counts', async () => {
    const report = await audit(sound());
    expect(report).toMatchObject({
      passed: true,
      findings: [],
      kinds: { where: 40 },
      statuses: { checked: 40 },
    });
    expect(report.sizes).toEqual([
      { modality: 'endoscopy', split: 'train', images: 30, groups: 30, pairs: 30 },
      { modality: 'endoscopy', split: 'val', images: 5, groups: 5, pairs: 5 },
      { modality: 'endoscopy', split: 'test', images: 5, groups: 5, pairs: 5 },
    ]);
    expect(report.zones).toEqual([
      {
        modality: 'endoscopy',
        target: 'polyp',
        zones: { 'top-left': 8, 'top-right': 8, 'bottom-left': 8, 'bottom-right': 8, center: 8 },
      },
    ]);
    expect(report.constantAnswers).toEqual([
      { modality: 'endoscopy', zones: 'top-left', pairs: 5, accuracy: 0.2 },
    ]);
    expect(report.questionGuesses).toEqual([
      { modality: 'endoscopy', pairs: 5, constant: 0.2, fromTemplate: 0.2, fromWords: 0.2 },
    ]);
  });

  it('takes an empty set for one without findings', async () => {
    expect(await audit([])).toMatchObject({ passed: true, findings: [], sizes: [] });
  });
});

describe('leaks', () => {
  it('are groups in two splits', async () => {
    const images = sound();
    images[39]!.image.group = 'group-0';
    images[1]!.image.group = 'group-0';
    const report = await audit(images);
    expect(report.passed).toBe(false);
    expect(finding(report, 'group-in-two-splits')).toMatchObject({
      severity: 'leak',
      count: 1,
      examples: ['group-0: 2 in train, 1 in test'],
    });
    expect(checksOf(report)).toEqual(['group-in-two-splits']);
  });

  it('are the same file in two splits; in two groups of a split it is a warning', async () => {
    const images = sound();
    images[38]!.image.sha256 = images[0]!.image.sha256;
    images[2]!.image.sha256 = images[1]!.image.sha256;
    const report = await audit(images);
    expect(finding(report, 'same-picture-in-two-splits')).toMatchObject({
      severity: 'leak',
      examples: ['made/0 (train) and made/38 (test)'],
    });
    expect(finding(report, 'same-picture-in-two-groups')).toMatchObject({ severity: 'warning', count: 1 });
  });

  it('are nearly the same pictures in two splits, by hash and thumbnail', async () => {
    const images = sound();
    const hashes = ['0000000000000000', '00000000000000ff', '0000000000000fff', '0000000000000001'];
    const at = [0, 39, 38, 37];
    images[31]!.image.perceptualHash = 'ffffffffffffffff';
    images[32]!.image.perceptualHash = 'ffffffffffffffff';
    images[32]!.image.group = images[31]!.image.group;
    at.forEach((place, i) => {
      images[place]!.image.perceptualHash = hashes[i]!;
    });
    const asked: string[] = [];
    const thumbnailOf = async ({ id }: ImageRow) => {
      asked.push(id);
      // That of image 37 is another picture, though its hash differs in one bit only.
      return Uint8Array.from({ length: 1024 }, (_, i) => (id === 'made/37' ? (i * 71) % 256 : i % 256));
    };
    const report = await audit(images, { thumbnailOf });
    expect(finding(report, 'near-duplicate-in-two-splits')).toMatchObject({ severity: 'leak', count: 1 });
    expect(report.nearDuplicates).toMatchObject([
      { first: { id: 'made/0', split: 'train' }, second: { id: 'made/39', split: 'test' } },
    ]);
    expect(report.nearDuplicates[0]!.correlation).toBeCloseTo(1, 10);
    expect(report.mostAlike.map(({ second }) => second.id)).toEqual(['made/37']);
    // Image 38 differs in 12 bits from the first, and in 4 from one of its own split and another group.
    expect(finding(report, 'near-duplicate-in-two-groups')).toMatchObject({
      severity: 'warning',
      examples: ['group-38 and group-39, pairs of pictures: 1'],
    });
    // The two of one group need not be looked at.
    expect(asked.sort()).toEqual(['made/0', 'made/37', 'made/38', 'made/39']);
  });

  it('are questions that name the position that they ask for', async () => {
    const images = sound();
    const leaking = (number: number, question: string, rest = {}) => {
      const { image, pairs } = images[number]!;
      const zone = ZONES[number % 5]!;
      (pairs as unknown[]).push(madePair(image.id, 1, zone, { question, ...rest }));
    };
    leaking(0, 'Where in the upper left is the polyp?');
    leaking(1, 'Where on the right side is the polyp?');
    leaking(2, 'Which lower part shows the polyp?');
    // These ask for what they name, or offer it beside others.
    leaking(5, 'Is there a polyp in the upper left?', { kind: 'refer-zone', askedZones: ['top-left'] });
    leaking(6, 'Is it top left, top right, or in the center?', { kind: 'multiple-choice' });
    leaking(7, 'Is the polyp on the left or on the right?', { kind: 'side' });
    leaking(8, 'Is it in the top left or the bottom right corner?', { kind: 'quadrant' });
    const found = finding(await audit(images), 'answer-in-question');
    expect(found).toMatchObject({ severity: 'leak', count: 3 });
    expect(found!.examples[0]).toBe(
      'made/0?1: "Where in the upper left is the polyp?" is answered by top-left',
    );
  });

  it('are wordings that depend on the answer', async () => {
    const told = (tell: 'template' | 'question', share: number): DatasetImage[] =>
      Array.from({ length: 300 }, (_, i) => {
        const zone = ZONES[i % 5]!;
        const image = madeImage(i, zone, { split: i % 3 === 0 ? 'test' : 'train' });
        const word = (i * 7) % 100 < share * 100 ? i % 5 : (i * 3) % 4;
        const rest =
          tell === 'template'
            ? { template: `where-${word}` }
            : { question: `Where is the polyp? Word ${word}` };
        return { ...image, pairs: [madePair(image.image.id, 0, zone, rest)] };
      });
    for (const tell of ['template', 'question'] as const) {
      const report = await audit(told(tell, 1));
      expect(finding(report, 'answer-from-question')).toMatchObject({ severity: 'leak' });
      const [guess] = report.questionGuesses;
      expect(guess).toMatchObject({ pairs: 100, constant: 0.2 });
      expect(guess![tell === 'template' ? 'fromTemplate' : 'fromWords']).toBe(1);
      expect(checksOf(await audit(told(tell, 0)))).toEqual(['empty-split']);
    }
  });

  it('are templates for testing that made pairs of train', async () => {
    const images = sound();
    const report = await audit(images, { testTemplates: ['where-1'] });
    expect(finding(report, 'test-template-in-train')).toMatchObject({ severity: 'leak', count: 35 });
    const tested = images.map((image) => ({
      ...image,
      pairs: image.pairs.map((row) => (image.image.split === 'test' ? { ...row, template: 'where-2' } : row)),
    }));
    expect(checksOf(await audit(tested, { testTemplates: ['where-2'] }))).toEqual([]);
  });
});

describe('contradictions', () => {
  it('are other answers to the same question, however it is written', async () => {
    const images = sound();
    const other = madePair('made/0', 1, null, { question: 'where is the  POLYP' });
    images[0] = { ...images[0]!, pairs: [...images[0]!.pairs, other] };
    images[1] = { ...images[1]!, pairs: [...images[1]!.pairs, madePair('made/1', 1, 'top-right')] };
    const report = await audit(images);
    expect(finding(report, 'contradictory-answers')).toMatchObject({ severity: 'contradiction', count: 1 });
    expect(finding(report, 'repeated-question')).toMatchObject({ severity: 'warning', count: 1 });
    expect(report.passed).toBe(false);
  });

  it('are answers that the masks do not bear out, unless a panel rejected them', async () => {
    const images = sound();
    const wrong = { ...madePair('made/0', 0, 'center'), status: 'accepted' as const };
    images[0] = { ...images[0]!, pairs: [wrong] };
    const report = await audit(images);
    expect(finding(report, 'answer-against-mask')).toMatchObject({ severity: 'contradiction', count: 1 });
    expect(report.statuses).toEqual({ checked: 39, accepted: 1 });
    images[0] = { ...images[0]!, pairs: [{ ...wrong, status: 'rejected' }] };
    expect(await audit(images)).toMatchObject({ passed: true, findings: [], kinds: { where: 39 } });
  });
});

describe('masks', () => {
  it('that are empty, full, broken or of another area are told', async () => {
    const images = sound();
    images[0] = madeImage(0, null, { split: 'train' });
    const target = { ...images[0]!.targets[0]! };
    const withTarget = (number: number, change: object) => {
      images[number] = { ...images[number]!, targets: [{ ...images[number]!.targets[0]!, ...change }] };
    };
    expect(target.area).toBe(0);
    withTarget(1, { rle: `0${encodeAll}`, area: 1600 });
    withTarget(2, { area: 35 });
    withTarget(3, { rle: 'z' });
    const report = await audit(images);
    expect(finding(report, 'empty-mask')).toMatchObject({ severity: 'warning', examples: ['made/0:polyp'] });
    expect(finding(report, 'full-mask')).toMatchObject({ severity: 'warning', examples: ['made/1:polyp'] });
    expect(finding(report, 'damaged-mask')).toMatchObject({
      severity: 'damage',
      count: 2,
      examples: [
        'made/2:polyp: its row says 35 pixels and its mask has 36',
        expect.stringContaining('made/3:polyp: '),
      ],
    });
  });
});

/** 1600 as COCO's strings write a number. */
const encodeAll = 'Pb1';

describe('warnings', () => {
  it('are uneven zones and constant answers, and do not fail an audit', async () => {
    const images = Array.from({ length: 100 }, (_, i) =>
      madeImage(i, i % 10 < 7 ? 'center' : 'top-left', { split: i % 2 ? 'train' : 'test' }),
    );
    const report = await audit(images);
    expect(report.passed).toBe(true);
    expect(finding(report, 'uneven-zones')!.examples).toEqual([
      '70.0 % of 100 masks of polyp in endoscopy are center',
    ]);
    expect(finding(report, 'constant-answer')!.examples).toEqual([
      'endoscopy: "center" is right in 80.0 % of 50 test pairs',
    ]);
    expect(finding(report, 'empty-split')!.examples).toEqual(['no endoscopy in val']);
  });
});

describe('presence', () => {
  it('that the name of a target tells is warned of', async () => {
    const images = sound().map((image, i) => {
      const { id } = image.image;
      const absent = madePair(id, 1, null, {
        target: 'kidney',
        question: 'Where is the kidney?',
        answer: 'There is no kidney.',
      });
      const both = i < 25 ? [...image.pairs, absent] : image.pairs;
      return { ...image, pairs: both };
    });
    const report = await audit(images);
    expect(report.presence).toEqual([
      { target: 'kidney', pairs: 25, present: 0 },
      { target: 'polyp', pairs: 40, present: 1 },
    ]);
    expect(report.findings).toMatchObject([
      { check: 'always-absent', severity: 'warning', examples: ['kidney: 25 pairs'] },
    ]);
  });
});

describe('any rows', () => {
  it('pass when images have groups, files and hashes of their own', async () => {
    const split = fc.constantFrom<Split>('train', 'val', 'test');
    const image = fc.record({ zone: fc.constantFrom(...ZONES), split });
    await fc.assert(
      fc.asyncProperty(fc.array(image, { maxLength: 30 }), async (list) => {
        const report = await audit(list.map(({ zone, split: of }, i) => madeImage(i, zone, { split: of })));
        expect(report.passed).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('fail when one group is torn', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(39), fc.nat(39), async (a, b) => {
        const images = sound();
        fc.pre(images[a]!.image.split !== images[b]!.image.split);
        images[a]!.image.group = images[b]!.image.group;
        expect(checksOf(await audit(images))).toContain('group-in-two-splits');
      }),
      { numRuns: 20 },
    );
  });
});
