import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readReply } from '../../src/generate/openai-reply.js';
import type { Pair } from '../../src/pair.js';

const draft = (name: string): Pair => ({
  kind: 'where',
  template: `where-${name}`,
  question: `Where is ${name}?`,
  answer: `In the top-left of the image, ${name}.`,
  laterality: 'image',
  target: 'polyp',
  asked: { zones: [], side: null, all: true },
  zones: ['top-left'],
  truth: [`image:${name}`],
});
const drafts = ['one', 'two', 'three'].map(draft);

const item = (id: unknown, name: string) => ({ id, question: `Q ${name}`, answer: `A ${name}` });
const worded = (at: number, name: string) => ({
  pair: { ...drafts[at]!, question: `Q ${name}`, answer: `A ${name}` },
});
const json = (...items: unknown[]) => JSON.stringify({ pairs: items });
const read = (content: string, finish = 'stop') => readReply({ content, finish }, drafts);
const whole = json(item(1, 'a'), item(2, 'b'), item(3, 'c'));
const made = { pairs: [worded(0, 'a'), worded(1, 'b'), worded(2, 'c')] };

describe('readReply', () => {
  it('puts the words to the drafts by their ids and keeps all else', () => {
    expect(read(whole)).toEqual(made);
    expect(read(json(item(3, 'c'), item('1', 'a'), item(2, 'b')))).toEqual(made);
  });

  it.each([
    ['a code block', `\`\`\`json\n${whole}\n\`\`\``],
    ['text around it', `Here you are: ${whole} Is that {good}?`],
    ['line ends inside', whole.replaceAll(',', ',\n').replace('{"pairs":', '{ "pairs" :\n')],
    [
      'thoughts before it',
      `<think>The form is {"pairs":[{"id":1,"question":"...","answer":"{"}]}, so</think>${whole}`,
    ],
    ['other keys first', `{"notes": "x", ${whole.slice(1)}`],
  ])('reads through %s', (_, content) => {
    expect(read(content)).toEqual(made);
  });

  it('takes words as they are, on one line', () => {
    const tricky = {
      id: 1,
      question: ' Is "it" {there}?\n',
      answer: 'Yes,\n\tin the \\ top-left: {"pairs":[]}.',
    };
    const reply = read(`So: ${json(tricky)}`);
    expect(reply).toMatchObject({
      pairs: [
        { pair: { question: 'Is "it" {there}?', answer: 'Yes, in the \\ top-left: {"pairs":[]}.' } },
        {},
        {},
      ],
    });
  });

  it('says which drafts have no words, and why', () => {
    const content = json(
      item(2, 'b'),
      item(2, 'again'),
      { id: 3, question: 'Q c' },
      item(7, 'of no draft'),
      'no item',
      null,
    );
    expect(read(content)).toEqual({
      pairs: [
        { draft: drafts[0], problem: 'the reply has no item for this draft' },
        { draft: drafts[1], problem: 'the reply has several items for this draft' },
        { draft: drafts[2], problem: "the reply's item has no question and answer" },
      ],
    });
  });

  it('takes no empty words and no question twice', () => {
    const content = json(
      item(1, 'a'),
      { ...item(2, 'b'), question: '  q A! ' },
      { ...item(3, 'c'), answer: ' ' },
    );
    expect(read(content)).toEqual({
      pairs: [
        worded(0, 'a'),
        { draft: drafts[1], problem: 'the reply asks "q A!" twice' },
        { draft: drafts[2], problem: "the reply's question or answer is empty" },
      ],
    });
  });

  it.each([
    ['', 'stop', 'the reply is empty'],
    ['I cannot help with that.', 'stop', 'the reply has no JSON with "pairs"'],
    ['{"pairs": "none"}', 'stop', 'the reply has no JSON with "pairs"'],
    [JSON.stringify([item(1, 'a')]), 'stop', 'the reply has no JSON with "pairs"'],
    [whole.slice(0, -2), 'stop', 'the reply has no JSON with "pairs"'],
    [whole.slice(0, -2), 'length', 'the reply was cut at the limit of tokens'],
    ['{"pairs":[]} and {"pairs":[{"id":1,', 'length', 'the reply was cut at the limit of tokens'],
    [whole, 'content_filter', "the endpoint's filter stopped the reply"],
  ])('has no use for %j (%s)', (content, finish, problem) => {
    expect(read(content, finish)).toEqual({ problem });
  });

  it('finds any words in any text around them', () => {
    const words = fc.string().filter((text) => /[a-z]/i.test(text));
    fc.assert(
      fc.property(fc.string(), words, fc.string(), fc.string(), (before, question, answer, after) => {
        fc.pre(answer.trim() !== '' && !/"pairs"/.test(before + after));
        const [first] = (
          read(`${before}${json({ id: 1, question, answer })}${after}`) as { pairs: unknown[] }
        ).pairs;
        const onOneLine = (text: string) => text.replaceAll(/\s+/g, ' ').trim();
        expect(first).toEqual({
          pair: { ...drafts[0]!, question: onOneLine(question), answer: onOneLine(answer) },
        });
      }),
    );
  });
});
