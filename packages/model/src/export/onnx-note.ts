import type { ValueDescription } from '@prs-med/autograd';
import { ASKED } from '../fusion/zone-maps.js';
import type { Preset } from '../preset.js';
import { exportedTokens, type NamedGraph } from './onnx-files.js';

/** What a graph takes and gives, without the graph itself, which may be large. */
export interface GraphInterface {
  readonly file: string;
  readonly inputs: readonly ValueDescription[];
  readonly outputs: readonly ValueDescription[];
}

export const interfaceOf = ({ file, graph: { inputs, outputs } }: NamedGraph): GraphInterface => ({
  file,
  inputs,
  outputs,
});

/** `README.md` beside exported graphs: how they follow each other, and each value's type, shape and meaning. */
export function onnxNote(graphs: readonly GraphInterface[], preset: Preset): string {
  const lines = [
    `# Preset ${preset.name} as ONNX`,
    '',
    'Opset 20 with operators of ONNX Runtime (`com.microsoft`): any build of ONNX Runtime from 1.18 on runs these graphs.',
    'An `.onnx` file looks for its weights in the `.onnx.data` file beside it. Run them in this order; an output goes to',
    'the inputs of the same name.',
    '',
    'After `mask_decoder.onnx` the program prs-med keeps, of a mask for an asked zone or side, what lies there, and resizes',
    'the mask to the picture. Answers in words are not among these graphs. It is no medical device.',
    ...(preset.language.kind === 'llava' ? ['', ...languageNote(preset)] : []),
  ];
  for (const { file, inputs, outputs } of graphs) {
    lines.push('', `## ${file}`, '', '| | value | type | shape | what |', '|---|---|---|---|---|');
    for (const value of inputs) lines.push(row('in', value, preset));
    for (const value of outputs) lines.push(row('out', value, preset));
  }
  return `${lines.join('\n')}\n`;
}

/** What a LLaVA reads between the tower and the mask, by a program of the reader's. */
const languageNote = ({ language, fusion }: Preset): string[] => [
  'The language model is not among them either. Run it with the adapter that `prs-med bundle export --format peft` writes, as',
  'LlavaMistralForCausalLM or with `inputs_embeds`, on the prompt `<s>[INST] PICTURE\\nQUESTION [/INST]`, in which PICTURE is the',
  `${language.visualTokensSide ** 2} visual tokens of \`vision_tower.onnx\` and the texts around it are encoded apart. Its hidden states`,
  `(${fusion.layersRead.map((layer) => `\`hidden_states[${layer}]\``).join(', ')}) are what \`mask_decoder.onnx\` takes.`,
];

const row = (direction: 'in' | 'out', { name, type, shape }: ValueDescription, preset: Preset): string =>
  `| ${direction} | \`${name}\` | ${type} | ${shape.join(' x ')} | ${meaningOf(name, preset)} |`;

const byChannel = (value: Preset['image']['mean']): string =>
  typeof value === 'number' ? `${value}` : `(${value.join(', ')})`;

/** Throws an Error for a value that has no description: whoever adds one must say what it is. */
function meaningOf(name: string, preset: Preset): string {
  const { mean, deviation, size } = preset.image;
  const { language } = preset;
  const [, kind = name, number = ''] = /^(stride|states)_(\d+)$/.exec(name) ?? [];
  const meanings: Readonly<Record<string, string>> = {
    picture: `red, green, blue of the picture stretched to ${size} x ${size}: (value / 255 - ${byChannel(mean)}) / ${byChannel(deviation)}`,
    stride: `features of stride ${number}`,
    tower_picture: `the picture padded to a square with CLIP's mean colour, resized by bicubic interpolation and normalised as CLIP's`,
    embedding: 'the vision embedding',
    visual_tokens: 'the picture as tokens of the language model',
    input_ids: `the id of \`<|im_start|>\`, then those of \`user\\nQUESTION\\n\` by tokenizer.json without special tokens, up to ${exportedTokens(preset)}; padded at the end by any id`,
    states: `hidden states after layer ${number}${number === `${language.layers}` ? ' and the final norm' : ''}; those of padding mean nothing`,
    question_mask: `1 for a token of the ${language.kind === 'llava' ? 'prompt' : 'question'}, 0 for padding`,
    threshold_logit:
      'ln(p / (1 - p)) of the probability p from which a pixel belongs to the mask: 0 for one half',
    threshold_odds: 'p / (1 - p) of that p: 1 for one half',
    probabilities: 'probability of each pixel; all 0 where the target is judged absent',
    presence: 'probability that the asked target is there',
    asked: `probabilities that the question asks for ${ASKED.join(', ')}`,
    region_tokens: 'what the language model is told of the mask before it answers',
  };
  const meaning = meanings[kind];
  if (meaning === undefined) throw new Error(`onnxNote: ${name} has no description; add one`);
  return meaning;
}
