import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeError, statusOf } from '../src/command-error.js';
import { sayPatientSides, swapSides } from '../src/segment/laterality.js';
import { outputNames } from '../src/segment/output-names.js';

describe('swapSides', () => {
  it.each([
    ['The left lung', 'The right lung'],
    ['top-left, Right and LEFT', 'top-right, Left and RIGHT'],
    ['leftmost, rightward, left-sided', 'rightmost, leftward, right-sided'],
    ['bright cleft upright', 'bright cleft upright'],
  ])('%s', (text, swapped) => {
    expect(swapSides(text)).toBe(swapped);
    expect(swapSides(swapped)).toBe(text);
  });
});

describe('sayPatientSides', () => {
  it('says whose sides it means', () => {
    expect(sayPatientSides('It is in the upper left.')).toBe(
      "It is in the upper right. Here right is the patient's right.",
    );
    expect(sayPatientSides('It lies at the center.')).toBe('It lies at the center.');
  });
});

describe('outputNames', () => {
  it('never gives a name twice, nor that of a picture', () => {
    const images = ['x/a.png', 'a.jpg', 'A.PNG', 'out/a-2.mask.png', 'b.mask.png', 'noending'];
    const names = outputNames(images, 'out').map(({ mask }) => mask);
    const expected = ['a', 'a-3', 'A-4', 'a-2.mask', 'b.mask', 'noending'];
    expect(names).toEqual(expected.map((name) => join('out', `${name}.mask.png`)));
  });
});

describe('errors', () => {
  it('are one line whatever they hold', () => {
    const error = new Error('two\nlines \u001b[31m');
    expect(describeError(error, 'segment', false)).toBe(
      'prs-med: segment: two lines \ufffd[31m; run it with --debug for more and report it',
    );
    expect(statusOf(error)).toBe(1);
  });

  it('of the machine are failures, not wrong input', () => {
    const told = (code: string) => {
      const cause = Object.assign(new Error(code), { code });
      return Object.assign(new Error('x: y; z', { cause }), { name: 'PictureError' });
    };
    expect(statusOf(told('ENOSPC'))).toBe(1);
    expect(statusOf(told('EACCES'))).toBe(2);
  });
});
