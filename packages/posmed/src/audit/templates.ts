import type { DatasetImage } from '../dataset/dataset-image.js';
import { type Finding, Found } from './finding.js';

/**
 * Finds templates that are only for testing and were used to train.
 * @param testTemplates ids of the templates of the bank that are only for testing
 */
export function createTemplateCheck(testTemplates: ReadonlySet<string>): {
  add(image: DatasetImage): void;
  findings(): Finding[];
} {
  const found = new Found();
  return {
    add({ image: { split }, pairs }) {
      if (split === 'test') return;
      for (const { id, template } of pairs) {
        if (testTemplates.has(template)) found.add(`${id} (${split}) is of ${template}`);
      }
    },
    findings: () =>
      found.findings(
        'test-template-in-train',
        'leak',
        'a template that is only for testing made pairs of train or val; build again with the bank that came along',
      ),
  };
}
