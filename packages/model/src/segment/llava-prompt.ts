import type { Runtime, Session, SessionOptions } from '@prs-med/autograd';
import type { Picture } from '@prs-med/imaging';
import type { OpenBundle } from '../bundle/open-bundle.js';
import { openVisionTower, readLanguageCheckpoint } from '../bundle/read-parts.js';
import { webSha256 } from '../bundle/source.js';
import { type LanguageModel, loadCheckpointLanguageModel } from '../language/language-model.js';
import type { Tokenizer } from '../language/tokenizer.js';
import { clipPicture } from '../llava/clip-picture.js';
import { llavaEndToken, llavaPrompt } from '../llava/conversation.js';
import { llavaConfigOf } from '../llava/preset-config.js';
import type { Preset } from '../preset.js';
import { joinEmbeddings, loraOf, type ReadPrompt, readAfter, readEmbeddings } from './language-session.js';
import { type LoadReader, lengthBuckets, type PromptReader, type SeenPicture } from './prompt-reader.js';
import { Recent } from './recent.js';
import { openTower, type Tower } from './tower-session.js';
import { encodeForMask } from './vision-session.js';

/** What is kept of one takes some 170 MB with LLaVA-Med: keys and values of 578 tokens in 32 layers. */
const PICTURES_KEPT = 1;

/** Loads a LLaVA, its tower first: one part after the other, because together they would not fit many a memory. */
export const llavaLoader =
  (bundle: OpenBundle, runtime: Runtime, session: SessionOptions): LoadReader =>
  async ({ parameters, tokenizer, vision, signal }) => {
    const { preset } = bundle.config;
    const checks = checksBeside(bundle);
    try {
      const tower = await openTower(
        await openVisionTower(bundle, checks.open),
        parameters,
        preset,
        runtime,
        session,
      );
      signal?.throwIfAborted();
      const checkpoint = await readLanguageCheckpoint(bundle, checks.open);
      signal?.throwIfAborted();
      const { layersRead } = preset.fusion;
      const lora = loraOf(parameters, preset);
      const language = await loadCheckpointLanguageModel(checkpoint, lora, { layersRead, session }, runtime);
      return { language, reader: llavaPromptReader({ preset, tokenizer, vision, tower, language }) };
    } finally {
      // What a damaged file leads to matters less than that it is damaged.
      await checks.end();
    }
  };

/** Opens files whose sums are checked while they are being loaded: together they take seconds. */
function checksBeside(bundle: OpenBundle) {
  const begun: Promise<void>[] = [];
  return {
    open: async (file: string) => {
      const { source, checked } = await bundle.openUnchecked(file);
      begun.push(checked);
      return source;
    },
    /** Throws BundleError when a file is damaged. */
    end: () => Promise.all(begun),
  };
}

/**
 * Picture first: opening, visual tokens of a tower of its own and the question are the prompt. What comes before the
 * question is read once for all questions about a picture; that of the picture asked about last is kept.
 */
export function llavaPromptReader({
  preset,
  tokenizer,
  vision,
  tower,
  language,
}: {
  readonly preset: Preset;
  readonly tokenizer: Tokenizer;
  readonly vision: Session;
  readonly tower: Tower;
  readonly language: LanguageModel;
}): PromptReader {
  const { longest, visualTokensSide } = preset.language;
  const { beforePicture } = llavaPrompt(tokenizer, '');
  const idsOf = (question: string): readonly number[] => llavaPrompt(tokenizer, question).afterPicture;
  const before = beforePicture.length + visualTokensSide ** 2;
  const pictures = new Recent<SeenPicture>(PICTURES_KEPT);

  const look = async (picture: Picture): Promise<SeenPicture> => {
    const values = await encodeForMask(vision, picture, preset);
    const visual = await tower.read(clipPicture(picture, llavaConfigOf(preset).vision));
    const opening = new Recent<ReadPrompt>(1);
    const readOpening = () =>
      readEmbeddings(language, joinEmbeddings([language.embed(beforePicture), visual]));
    return {
      values,
      async read(question) {
        return readAfter(language, await opening.get('of the picture', readOpening), idsOf(question));
      },
      beforeAnswer: (regionTokens) => regionTokens,
    };
  };

  return {
    stopToken: llavaEndToken(tokenizer),
    promptLengths: lengthBuckets(longest - before).map((length) => before + length),
    otherTokens: before,
    countTokens: (question) => idsOf(question).length,
    async see(picture) {
      const { width, height, data } = picture;
      return pictures.get(`${width} x ${height} ${await webSha256(data)}`, () => look(picture));
    },
    async release() {
      pictures.clear();
      await tower.release();
    },
  };
}
