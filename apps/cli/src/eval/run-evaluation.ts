import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';
import {
  type Answerer,
  type AskedImage,
  type ChosenPair,
  choosePairs,
  chooseWordings,
  type KeepAnswer,
  learnTrainingSet,
  makePredictionRow,
  parseWordings,
  RUN_FILES,
  RUN_VERSION,
  type RunRecord,
} from '@prs-med/evaluation';
import { createRunWriter, type ImageToPredict, maskFileOf, type RunWriter } from '@prs-med/evaluation/node';
import { readPicture } from '@prs-med/imaging/node';
import { type DataFolder, openDataFolder } from '@prs-med/posmed/node';
import { CommandError, Interruption } from '../command-error.js';
import type { EvalOptions } from '../commands/eval.js';
import { printable } from '../printable.js';
import { interruptible } from '../process-state.js';
import {
  answersAll,
  checkAnswererOptions,
  type OpenedAnswerer,
  openModelOrEndpoint,
  openPredictionsOrBaseline,
} from './open-answerer.js';
import { printScores } from './print-scores.js';
import { type EvaluationProgress, startEvaluationProgress } from './progress.js';

/** Milliseconds for what is left to say. */
const TIME_TO_END = 200;

/**
 * `prs-med eval`: asks, keeps each answer as it comes, and scores what is kept.
 * @throws CommandError, DatasetError, SourceError, EvaluationError, BundleError, GeneratorError or PictureError
 */
export async function runEvaluation(options: EvalOptions): Promise<void> {
  checkAnswererOptions(options);
  const progress = await startEvaluationProgress();
  try {
    await interruptible(async (signal) => {
      await askAndKeep(options, progress, signal);
      progress.stop();
      await printScores(options.out, options.json, signal);
    });
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'AbortError') throw error;
    // A client that pauses between two tries does not wake, and would keep the process until then.
    if (options.endpoint !== undefined) setTimeout(() => process.exit(), TIME_TO_END).unref();
    throw new Interruption('go on with --resume');
  } finally {
    progress.stop();
  }
}

async function askAndKeep(
  options: EvalOptions,
  progress: EvaluationProgress,
  signal: AbortSignal,
): Promise<void> {
  const warn = (text: string) => progress.say(`prs-med: ${printable(text)}`);
  refuseOldRun(options);
  const early = await openModelOrEndpoint(options, warn, signal);
  try {
    const data = await openDataFolder(options.data, { seed: options.seed, onWarning: warn, signal });
    const training = await learnTrainingSet(data.images(), options.baseline === 'mean-mask');
    const wordings = await readWordings(options);
    const wanted = await chooseImages(data, options, wordings);
    const opened = early
      ? answersAll(early)
      : await openPredictionsOrBaseline(options, training, wanted, warn);
    const images = wanted.flatMap((image) => {
      const chosen = image.chosen.filter(({ pair }) => opened.has(pair.id));
      return chosen.length > 0 ? [{ ...image, chosen }] : [];
    });
    const writer = await createRunWriter(options.out, recordOf(data, images, opened, options, wordings), {
      resume: options.resume,
      training: training.answers,
    });
    try {
      await askAll(images, opened.answerer, writer, options, progress, signal);
    } finally {
      await writer.close();
    }
  } finally {
    await early?.close();
  }
}

/** Said before anything is read, which takes long; the writer looks again when it begins. */
function refuseOldRun({ out, resume }: EvalOptions): void {
  if (resume || !existsSync(join(out, RUN_FILES.record))) return;
  throw new CommandError(out, 'it holds a run', 'go on with --resume, or name another folder');
}

/** A file of questions to ask in place of the data set's own. */
interface WordingsFile {
  readonly name: string;
  readonly text: string;
}

async function readWordings({ questions }: EvalOptions): Promise<WordingsFile | undefined> {
  if (questions === undefined) return undefined;
  const text = await readFile(questions, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const problem = error.code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${error.code})`;
    throw new CommandError(questions, problem, 'name a CSV file with columns target, asks, question');
  });
  return { name: questions, text };
}

async function chooseImages(
  data: DataFolder,
  { data: folder, split, perImage, seed }: EvalOptions,
  wordings: WordingsFile | undefined,
): Promise<ImageToPredict[]> {
  async function* imagesOfSplit() {
    for await (const each of data.images()) if (each.image.split === split) yield each;
  }
  const most = perImage === 0 ? null : perImage;
  if (wordings !== undefined) {
    const parsed = parseWordings(wordings.text, wordings.name);
    return chooseWordings(imagesOfSplit(), parsed, most ?? Number.POSITIVE_INFINITY, seed);
  }
  const images: ImageToPredict[] = [];
  for await (const each of imagesOfSplit()) {
    const chosen = choosePairs(each, most, seed);
    if (chosen.length > 0) images.push({ image: each.image, targets: each.targets, chosen });
  }
  if (images.length === 0) {
    throw new CommandError(folder, `its split ${split} has no pairs`, 'choose another with --split');
  }
  return images;
}

function recordOf(
  data: DataFolder,
  images: readonly ImageToPredict[],
  { answerer, missing }: OpenedAnswerer,
  { split, seed, perImage }: EvalOptions,
  wordings: WordingsFile | undefined,
): RunRecord {
  return {
    runVersion: RUN_VERSION,
    subject: answerer.subject,
    data: { name: data.name, sha256: data.sha256, split },
    seed,
    perImage: perImage === 0 ? null : perImage,
    wordings: wordings === undefined ? null : wordingsRecord(wordings, perImage),
    pairs: images.reduce((sum, { chosen }) => sum + chosen.length, 0),
    images: images.length,
    movedGroups: data.movedGroups.map(({ group, from, to, images: moved }) => ({
      group,
      from,
      to,
      images: moved,
    })),
    missing: [...missing],
  };
}

const wordingsRecord = ({ name, text }: WordingsFile, perWording: number): RunRecord['wordings'] => ({
  name: basename(name),
  sha256: createHash('sha256').update(text).digest('hex'),
  perWording,
});

/** Asks what is not answered yet and keeps each answer as it comes. */
async function askAll(
  images: readonly ImageToPredict[],
  answerer: Answerer,
  writer: RunWriter,
  options: EvalOptions,
  progress: EvaluationProgress,
  signal: AbortSignal,
): Promise<void> {
  const questions = new Map(
    images.flatMap((image) => image.chosen.map((chosen) => [chosen.pair.id, { image, chosen }])),
  );
  progress.start(questions.size, writer.done.size);
  const keep: KeepAnswer = async (pair, answer) => {
    if (writer.done.has(pair.id)) return;
    const { image, chosen } = questions.get(pair.id)!;
    const names = {
      file: pathFromRun(options, image.image.file),
      mask: answer.map && maskFileOf(pair.id),
    };
    await writer.write(makePredictionRow(image, chosen, answer, names), answer.map);
    progress.advance();
  };
  const isLeft = ({ pair }: ChosenPair) => !writer.done.has(pair.id);
  for (const some of callsOf(images, answerer.imagesTogether, isLeft)) {
    await answerer.answer(
      some.map((image) => askedImage(options.data, image)),
      signal,
      keep,
    );
  }
}

/** What is asked call by call of pictures with questions left. */
function* callsOf(
  images: readonly ImageToPredict[],
  imagesTogether: number | null,
  isLeft: (chosen: ChosenPair) => boolean,
): Generator<ImageToPredict[]> {
  if (imagesTogether === null) {
    yield images
      .map((image) => ({ ...image, chosen: image.chosen.filter(isLeft) }))
      .filter(({ chosen }) => chosen.length > 0);
    return;
  }
  for (let start = 0; start < images.length; start += imagesTogether) {
    const together = images.slice(start, start + imagesTogether);
    // What is answered together is asked together again, so that a resumed run gives what an undisturbed one does.
    if (together.some(({ chosen }) => chosen.some(isLeft))) yield together;
  }
}

function askedImage(folder: string, { image, chosen }: ImageToPredict): AskedImage {
  const path = join(folder, image.file);
  return {
    image,
    pairs: chosen.map(({ pair }) => pair),
    picture: async () => {
      const { picture } = await readPicture(path);
      if (picture.width === image.width && picture.height === image.height) return picture;
      throw new CommandError(
        path,
        `it has ${picture.width} x ${picture.height} pixels, and the data set says ${image.width} x ${image.height}`,
        'build the data set again',
      );
    },
  };
}

/** A picture's path, relative to the run's folder. */
const pathFromRun = ({ data, out }: EvalOptions, file: string): string =>
  relative(resolve(out), resolve(data, file)).replaceAll(sep, '/');
