import { WeightFileError } from '@prs-med/nn';
import { LLAVA_CONFIG_FILE, type LlavaConfig } from '../llava/config.js';
import type { Preset } from '../preset.js';

/**
 * Compares what a LLaVA checkpoint says of itself with what a preset wants. `longest` may be more in the checkpoint: a
 * preset says how much of it is used.
 * @throws WeightFileError that lists every field that differs, and both values
 */
export function checkLlavaShape(checkpoint: string, config: LlavaConfig, preset: Preset): void {
  const { language: wanted } = preset;
  const where = `${checkpoint}, file ${LLAVA_CONFIG_FILE}`;
  if (wanted.kind !== 'llava') {
    const problem = `preset ${preset.name} has a language model of kind ${wanted.kind}`;
    throw new WeightFileError(where, problem, 'name a preset with LLaVA, such as paper');
  }
  const differing = (part: string, found: object, expected: object): string[] =>
    Object.entries(found).flatMap(([name, value]) => {
      const other = (expected as Readonly<Record<string, unknown>>)[name];
      return value === other ? [] : [`${part}.${name} is ${value} and should be ${other}`];
    });
  const { longest, ...language } = config.language;
  const problems = [
    ...differing('language', language, wanted),
    ...differing('vision', config.vision, wanted.vision),
    ...differing('llava', { visionLayers: config.visionLayers }, wanted),
    ...(longest < wanted.longest
      ? [`language.longest is ${longest} and should be ${wanted.longest} or more`]
      : []),
  ];
  if (problems.length > 0)
    throw new WeightFileError(where, problems.join(', '), `give the checkpoint of preset ${preset.name}`);
}
