import { describe, expect, it } from 'vitest';
import { presenceOfText } from '../../src/ask/presence-of-text.js';
import { textOfReply } from '../../src/ask/text-of-reply.js';

describe('textOfReply', () => {
  it.each([
    ['  It is in the top-left.\n', 'It is in the top-left.'],
    ['<think>The upper right? No.</think>\n<answer> Top-left </answer>', 'Top-left'],
    ['The upper right? No.</think> It is in the top-left.', 'It is in the top-left.'],
    ['<answer>Top-left', 'Top-left'],
    ['<think>The upper right? Or', ''],
    ['It is less than a quarter: a < b', 'It is less than a quarter: a < b'],
    ['', ''],
  ])('reads %j as %j', (reply, text) => {
    expect(textOfReply(reply)).toBe(text);
  });
});

describe('presenceOfText', () => {
  it.each([
    ['It is in the top-left of the image.', true],
    ['No, there is none.', false],
    ['I cannot tell.', null],
    ['', null],
  ])('reads %j as %j', (text, present) => {
    expect(presenceOfText(text)).toBe(present);
  });
});
