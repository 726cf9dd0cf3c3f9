import type { Preset } from '../preset.js';
import type { BundleDescription, Json } from './config.js';
import { countParameters } from './initial-parameters.js';
import type { Parameters } from './trained.js';

/**
 * `MODEL_CARD.md` of a bundle: what it is, whether it is trained, how it was made, and what it is not for.
 * @param notes Markdown of whoever trained it: data, splits, figures, limits
 * @param base how the numbers of the language model's base are stored
 */
export function modelCard(
  description: BundleDescription,
  trained: Parameters,
  notes?: string,
  base = '4-bit',
): string {
  const { name, version, preset, provenance, licences } = description;
  const { language, image } = preset;
  const lines = [
    `# ${name} ${version}`,
    '',
    description.trained
      ? 'A picture and a question go in; a mask and an answer that names one of five zones come out.'
      : '**Untrained: parameters are as they were initialised. Masks and answers mean nothing.**',
    '',
    '| what | value |',
    '|---|---|',
    `| preset | ${preset.name} |`,
    `| picture | stretched to ${image.size} x ${image.size}${besides(preset)} |`,
    `| language model | ${language.layers} layers of width ${language.hidden}, ${base}, with LoRA of rank ${language.lora.rank} |`,
    `| parameters beside the language base | ${countParameters(trained).toLocaleString('en')} |`,
    '',
    '## What it is not for',
    'It is no medical device. Do not diagnose or treat by it. Left and right are sides of the picture.',
    '',
    ...(notes === undefined ? [] : [notes.trim(), '']),
    '## How it was made',
    ...(Object.keys(provenance).length === 0
      ? ['Nothing was recorded.']
      : Object.entries(provenance).map(([key, value]) => `- ${key}: ${inline(value)}`)),
    '',
    '## Licences',
    '| part | licence | from |',
    '|---|---|---|',
    ...licences.map(({ part, licence, source }) => `| ${part} | ${licence} | ${source} |`),
  ];
  return `${lines.join('\n')}\n`;
}

/** LLaVA sees the picture by a tower of its own. */
const besides = ({ language }: Preset): string => {
  if (language.kind !== 'llava') return '';
  const { imageSize } = language.vision;
  return `; for the language model padded to a square, ${imageSize} x ${imageSize}`;
};

const inline = (value: Json): string => (typeof value === 'string' ? value : `\`${JSON.stringify(value)}\``);
