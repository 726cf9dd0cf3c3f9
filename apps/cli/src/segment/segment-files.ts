import { mkdir } from 'node:fs/promises';
import { drawOverlay } from '@prs-med/imaging';
import { type DecodedPicture, readPicture, writeMask, writePicture } from '@prs-med/imaging/node';
import { checkQuestion, type Model, QuestionError, type SegmentResult } from '@prs-med/model';
import { CommandError, describeError, FAILED, statusOf, WRONG_INPUT } from '../command-error.js';
import type { SegmentOptions } from '../commands/segment.js';
import { printable } from '../printable.js';
import { interruptible, outcome } from '../process-state.js';
import { sayPatientSides, swapSides } from './laterality.js';
import { openModel } from './open-model.js';
import { type OutputNames, outputNames } from './output-names.js';
import { type Progress, startProgress } from './progress.js';
import { type ResultEntry, resultEntry, summaryLines } from './report.js';

/** A picture that has been read, or why not. */
type Decoded =
  | { readonly picture: DecodedPicture; readonly milliseconds: number }
  | { readonly error: unknown };

/**
 * `prs-med segment`: masks, overlays and answers for pictures. A picture that fails is reported and the others are done.
 * @throws what keeps all pictures from being done: a wrong question, model or folder
 */
export async function segmentFiles(images: readonly string[], options: SegmentOptions): Promise<void> {
  const question = checkQuestion(options.question);
  await makeFolder(options.out);
  await interruptible((signal) => new SegmentRun(images, question, options, signal).run());
}

class SegmentRun {
  private readonly entries: ResultEntry[] = [];
  private progress: Progress | undefined;
  private readonly isPatient: boolean;

  constructor(
    private readonly images: readonly string[],
    private readonly question: string,
    private readonly options: SegmentOptions,
    private readonly signal: AbortSignal,
  ) {
    this.isPatient = options.laterality === 'patient';
  }

  async run(): Promise<void> {
    const { images, options } = this;
    const needless = new AbortController();
    const loading = openModel(options, AbortSignal.any([this.signal, needless.signal]));
    loading.catch(() => undefined);
    const names = outputNames(images, options.out);
    // The first picture is decoded while the model loads.
    const first = decode(images[0]!);
    this.progress = await startProgress(images.length);
    try {
      for (const [index, image] of images.entries()) {
        const decoded = await (index === 0 ? first : decode(image));
        this.signal.throwIfAborted();
        if ('error' in decoded) this.fail(decoded.error);
        else await this.one(await loading, image, decoded, names[index]!);
        this.progress.advance();
      }
    } finally {
      this.progress.stop();
      needless.abort();
    }
    if (this.entries.length === 0) return;
    const model = await loading;
    if (options.json) {
      process.stdout.write(`${JSON.stringify({ results: this.entries, model: model.identity }, null, 2)}\n`);
    }
    await model.close();
  }

  private async one(
    model: Model,
    image: string,
    { picture: { picture, warnings }, milliseconds }: Extract<Decoded, { picture: unknown }>,
    names: OutputNames,
  ): Promise<void> {
    for (const warning of warnings) this.say(process.stderr, `prs-med: ${printable(image)}: ${warning}`);
    const streams = this.streams();
    try {
      let isFirst = true;
      const result = await model.segment(picture, this.isPatient ? swapSides(this.question) : this.question, {
        signal: this.signal,
        threshold: this.options.threshold,
        ...(streams
          ? {
              onToken: (piece: string) => {
                process.stdout.write(printable(isFirst ? `${image}: ${piece.trimStart()}` : piece));
                isFirst = false;
              },
            }
          : {}),
      });
      if (streams) process.stdout.write(isFirst ? `${image}:\n` : '\n');
      await Promise.all([
        writeMask(names.mask, result.mask),
        writePicture(names.overlay, drawOverlay(picture, result.mask)),
      ]);
      this.done(image, result, names, milliseconds, streams);
    } catch (error) {
      if (this.signal.aborted || error instanceof QuestionError) throw error;
      this.fail(error);
    }
  }

  private done(
    image: string,
    result: SegmentResult,
    names: OutputNames,
    milliseconds: number,
    isStreamed: boolean,
  ): void {
    const answer = this.isPatient ? sayPatientSides(result.answer) : result.answer;
    const entry = resultEntry(image, this.options.question, answer, result, names, milliseconds);
    this.entries.push(entry);
    if (this.options.json) return;
    const lines = [...(isStreamed ? [] : [printable(`${image}: ${answer}`)]), ...summaryLines(entry)];
    this.say(process.stdout, lines.join('\n'));
  }

  private fail(error: unknown): void {
    this.say(process.stderr, describeError(error, 'segment', process.argv.includes('--debug')));
    const status = statusOf(error) === WRONG_INPUT ? WRONG_INPUT : FAILED;
    outcome.status = outcome.status === FAILED ? FAILED : status;
  }

  /** Whether the answer is shown as it comes: not under a bar, and not when its sides are turned afterwards. */
  private streams(): boolean {
    return !this.options.json && !this.isPatient && this.images.length === 1 && process.stdout.isTTY;
  }

  private say(stream: NodeJS.WriteStream, text: string): void {
    const print = () => void stream.write(`${text}\n`);
    if (this.progress === undefined) print();
    else this.progress.above(print);
  }
}

async function decode(image: string): Promise<Decoded> {
  const start = performance.now();
  try {
    const picture = await readPicture(image);
    return { picture, milliseconds: Math.round((performance.now() - start) * 10) / 10 };
  } catch (error) {
    return { error };
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const isFile = code === 'EEXIST' || code === 'ENOTDIR';
    throw new CommandError(
      path,
      isFile ? 'a file is in the way of this folder' : `the folder cannot be made (${code})`,
      isFile ? 'choose another folder with --out' : 'choose a folder that is yours with --out',
      WRONG_INPUT,
      { cause: error },
    );
  }
}
