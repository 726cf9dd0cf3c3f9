import {
  checkAllFiles,
  openBundle,
  readLanguageBase,
  readLanguageCheckpoint,
  readParameters,
  readTokenizer,
  readVisionTower,
} from '@prs-med/model';
import { bundleFolder } from '@prs-med/model/node';

/** `prs-med bundle check`: every sum, name and shape. @throws BundleError or WeightFileError for what is wrong */
export async function checkBundle(directory: string): Promise<void> {
  const bundle = await openBundle(await bundleFolder(directory));
  await checkAllFiles(bundle);
  const parameters = await readParameters(bundle);
  if (bundle.config.preset.language.kind === 'llava') {
    await readLanguageCheckpoint(bundle);
    await readVisionTower(bundle);
  } else await readLanguageBase(bundle);
  await readTokenizer(bundle);
  const files = Object.keys(bundle.config.files).length;
  process.stdout.write(
    `${directory}: sound; ${files} files and ${parameters.size} trained parameters are as they should be\n`,
  );
}
