import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fillTemplate, parseTemplateText, TemplateSyntaxError } from '../../src/questions/template-text.js';
import { createRandom } from '../../src/random.js';

function fill(text: string, many = false, seed = 1): string {
  const random = createRandom(seed, 'fill', 0);
  return fillTemplate(parseTemplateText(text), (slot) => ({ text: `<${slot}>` }), many, random).text;
}

describe('templates', () => {
  it('fill slots and take the form of the number', () => {
    expect(fill('{is|are} {the target} here?')).toBe('Is <the target> here?');
    expect(fill('{is|are} {the target} here?', true)).toBe('Are <the target> here?');
    expect(fill('Polyp{|s}.', true)).toBe('Polyps.');
  });

  it('draw each of the alternatives, within each other too', () => {
    const seen = new Set(
      Array.from({ length: 200 }, (_, seed) => fill('[Find|See [a|b]] it [now|].', false, seed)),
    );
    expect([...seen].sort()).toEqual([
      'Find it now.',
      'Find it.',
      'See a it now.',
      'See a it.',
      'See b it now.',
      'See b it.',
    ]);
  });

  it('mend spaces and capitals', () => {
    expect(fill(' where [] is it []?  [] it is [] here , there [] .')).toBe(
      'Where is it? It is here, there.',
    );
  });

  it('tell a slot that ends a sentence, and collect zones', () => {
    const template = parseTemplateText('In {position}, and {position}. At {position}');
    const last: boolean[] = [];
    const filled = fillTemplate(
      template,
      (_, isLast) => {
        last.push(isLast);
        return { text: 'x', zones: isLast ? ['center'] : ['top-left'] };
      },
      false,
      createRandom(1, 'fill', 0),
    );
    expect(last).toEqual([false, true, true]);
    expect([...filled.zones]).toEqual(['top-left', 'center']);
    expect(template.slots).toEqual(['position']);
  });

  it.each([
    ['a [b', /"\[" at character 3/],
    ['a ]', /"\]" at character 3/],
    ['a | b', /"\|" at character 3/],
    ['a {b', /"\{" at character 3/],
    ['a {b [c} d]', /"\{" at character 3/],
    ['a {b|c|d}', /more than two forms/],
    ['a }', /"\}" at character 3/],
  ])('refuse %s', (text, problem) => {
    expect(() => parseTemplateText(text)).toThrow(TemplateSyntaxError);
    expect(() => parseTemplateText(text)).toThrow(problem);
  });

  it('either parse or throw a syntax error, whatever the text', () => {
    const marks = fc.constantFrom('[', ']', '{', '}', '|', 'a', ' ', '.');
    fc.assert(
      fc.property(fc.array(marks, { maxLength: 20 }), (parts) => {
        try {
          expect(fill(parts.join(''))).not.toMatch(/[[\]{}|]|\s\s/);
        } catch (error) {
          expect(error).toBeInstanceOf(TemplateSyntaxError);
        }
      }),
    );
  });
});
