import { describe, expect, it } from 'vitest';
import { imageWords, impossibleTargets, targetWords, withArticle } from '../../src/questions/vocabulary.js';

describe('the vocabulary', () => {
  it('goes by the same words whatever the spelling', () => {
    expect(targetWords('Breast tumor')).toBe(targetWords('breast tumour'));
    expect(targetWords('esophagus')).toBe(targetWords('oesophagus'));
    expect(targetWords('lungs').paired).toBe(true);
  });

  it.each([
    ['thyroid nodule', 'thyroid nodules'],
    ['abscess', 'abscesses'],
    ['metastasis', 'metastases'],
    ['uterus', 'uteruses'],
    ['ribs', 'ribs'],
    ['cavity', 'cavities'],
  ])('calls a target that it does not know, %s, by its own name', (one, many) => {
    const { exact, loose, suspicions, finding, unique } = targetWords(one);
    expect(exact).toEqual([{ one, many }]);
    expect({ loose, suspicions, finding, unique }).toEqual({
      loose: [],
      suspicions: [],
      finding: true,
      unique: false,
    });
  });

  it('never speaks of several infections where several areas are infected', () => {
    const { exact, loose, counted } = targetWords('lung infection');
    for (const { many } of [...exact, ...loose, ...counted]) expect(many).not.toMatch(/infections/);
    for (const { one } of counted) expect(one).toMatch(/area/);
  });

  it('has names that only pictures of a modality give', () => {
    const names = (modality: string) => targetWords('lung', modality).exact.map(({ one }) => one);
    expect(names('x-ray')).toContain('lung field');
    expect(names('ct')).not.toContain('lung field');
    expect(imageWords('x-ray')).not.toContain('scan');
  });

  it.each([
    ['infected area', 'an infected area'],
    ['unusual spot', 'an unusual spot'],
    ['uniform area', 'a uniform area'],
    ['X-ray', 'an X-ray'],
    ['MRI scan', 'an MRI scan'],
    ['mass', 'a mass'],
  ])('gives %s its article', (name, expected) => {
    expect(withArticle(name)).toBe(expected);
  });

  it('knows what a picture cannot show, and nothing where it does not know what it shows', () => {
    expect(impossibleTargets(['lung'])).toContain('polyp');
    expect(impossibleTargets(['lung', 'heart'])).toContain('brain tumour');
    expect(impossibleTargets(['lung'])).not.toContain('lung infection');
    expect(impossibleTargets(['lung infection'])).not.toContain('lung');
    expect(impossibleTargets(['skin lesion'])).toContain('lung');
    expect(impossibleTargets(['unheard-of thing'])).toEqual([]);
    expect(impossibleTargets(['lung', 'unheard-of thing'])).toEqual([]);
  });
});
