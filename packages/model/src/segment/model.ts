import type { Runtime, Session, SessionOptions } from '@prs-med/autograd';
import type { Picture, ProbabilityMap } from '@prs-med/imaging';
import type { OpenBundle } from '../bundle/open-bundle.js';
import type { Parameters } from '../bundle/trained.js';
import { keepAskedPlace } from '../grounding/asked-place.js';
import type { Context } from '../language/language-model.js';
import type { Tokenizer } from '../language/tokenizer.js';
import type { Preset } from '../preset.js';
import { regionTokenCount } from '../prs-med.js';
import type { ReadPrompt } from './language-session.js';
import { type MaskValues, maskGraph, runMask } from './mask-session.js';
import type { ReadingModel, SeenPicture } from './prompt-reader.js';
import { checkQuestion, QuestionError } from './question-error.js';
import { runRegions } from './region-session.js';
import { type Finding, findingOf } from './result.js';

export interface SegmentOptions {
  /** Ends the work between its phases and between tokens; `segment` then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called with each piece of the answer's text as it comes. */
  readonly onToken?: ((text: string) => void) | undefined;
  /** Called once the mask is known, before the answer is made. */
  readonly onFinding?: ((finding: Finding) => void) | undefined;
  /** Probability from which a pixel belongs to the mask, between 0 and 1; 0.5 by default. */
  readonly threshold?: number | undefined;
  /** Most tokens of the answer; 48 by default. */
  readonly maxTokens?: number | undefined;
}

/** How long each phase took. `encode` is next to nothing where the picture is known from before. */
export interface PhaseTimes {
  readonly encode: number;
  readonly language: number;
  readonly mask: number;
  readonly answer: number;
}

export interface SegmentRequest {
  readonly picture: Picture;
  readonly question: string;
}

export interface SegmentResult extends Finding {
  /** The question as it was asked of the model: trimmed, white space folded. */
  readonly question: string;
  readonly answer: string;
  readonly milliseconds: PhaseTimes;
}

/** A model ready for use, from several calls at once. */
export interface Model {
  /** Identifies the bundle: name, version, and the SHA-256 of its config. */
  readonly identity: { readonly name: string; readonly version: string; readonly sha256: string };
  readonly preset: Preset;
  /**
   * Finds in a picture what a question asks for, and answers.
   * @throws QuestionError for a question that is blank or too long
   * @throws RangeError for a threshold or a number of tokens out of range
   * @throws the signal's reason when aborted; Error when the model is closed
   */
  segment(picture: Picture, question: string, options?: SegmentOptions): Promise<SegmentResult>;
  /**
   * Several questions at once, about one picture or many: results as of `segment`, with the answers made side by side,
   * which takes less time for each. A picture that stands in several requests is encoded once.
   * @throws as `segment` does; one that cannot be asked fails them all
   */
  segmentTogether(
    requests: readonly SegmentRequest[],
    options?: Omit<SegmentOptions, 'onToken' | 'onFinding'>,
  ): Promise<SegmentResult[]>;
  /** Frees what the model holds, once calls under way have ended. It cannot be used after. */
  close(): Promise<void>;
}

/** What `loadModel` puts together. */
export interface ModelParts extends ReadingModel {
  readonly bundle: OpenBundle;
  readonly runtime: Runtime;
  readonly session: SessionOptions;
  readonly tokenizer: Tokenizer;
  /** Those of `maskParameters`. */
  readonly parameters: Parameters;
  readonly vision: Session;
  /** None where nothing is said of the mask before the answer. */
  readonly regions: Session | undefined;
}

/** A question's mask, and how long its phases took. */
interface Found {
  readonly prompt: ReadPrompt;
  readonly map: ProbabilityMap;
  readonly finding: Finding;
  readonly language: number;
  readonly mask: number;
}

/** A context that the answer comes next in. */
interface AnswerStart {
  readonly context: Context;
  readonly lastState: Float32Array;
}

const DEFAULT_TOKENS = 48;

export class SegmentModel implements Model {
  readonly identity: Model['identity'];
  readonly preset: Preset;
  private readonly maskSessions = new Map<number, Promise<Session>>();
  private readonly underWay = new Set<Promise<unknown>>();
  private closed: Promise<void> | undefined;

  constructor(private readonly parts: ModelParts) {
    const { config, sha256 } = parts.bundle;
    this.identity = { name: config.name, version: config.version, sha256 };
    this.preset = config.preset;
  }

  /** Makes the session for prompts of usual length, which the first call would otherwise wait for. */
  async warm(): Promise<void> {
    await this.maskSession(this.parts.reader.promptLengths[0]!);
  }

  segment(picture: Picture, question: string, options: SegmentOptions = {}): Promise<SegmentResult> {
    return this.track(() => this.run(picture, question, options));
  }

  segmentTogether(
    requests: readonly SegmentRequest[],
    options: Omit<SegmentOptions, 'onToken' | 'onFinding'> = {},
  ): Promise<SegmentResult[]> {
    return this.track(() => this.runTogether(requests, options));
  }

  /** The model is closed only after the calls that it has begun. */
  private async track<Result>(begin: () => Promise<Result>): Promise<Result> {
    if (this.closed !== undefined) throw new Error('the model is closed; load it again');
    const work = begin();
    this.underWay.add(work);
    try {
      return await work;
    } finally {
      this.underWay.delete(work);
    }
  }

  close(): Promise<void> {
    this.closed ??= this.release();
    return this.closed;
  }

  private async run(picture: Picture, question: string, options: SegmentOptions): Promise<SegmentResult> {
    const { maxTokens = DEFAULT_TOKENS } = options;
    this.checkOptions(options);
    const text = this.checkText(question, maxTokens);
    const clock = phaseClock();
    const seen = await this.encode(picture, options.signal);
    const encode = clock();
    const found = await this.find(picture, seen, text, options, clock);
    const { context, lastState } = await this.beginAnswer(seen, found, options, maxTokens);
    const answer = await this.finishAnswer(context, lastState, { ...options, maxTokens });
    const { language, mask } = found;
    return {
      ...found.finding,
      question: text,
      answer,
      milliseconds: { encode, language, mask, answer: clock() },
    };
  }

  private async runTogether(
    requests: readonly SegmentRequest[],
    options: SegmentOptions,
  ): Promise<SegmentResult[]> {
    const { signal, maxTokens = DEFAULT_TOKENS } = options;
    this.checkOptions(options);
    const texts = requests.map(({ question }) => this.checkText(question, maxTokens));
    if (requests.length === 0) return [];
    const pictures = new Map<Picture, { seen: SeenPicture; encode: number }>();
    const begun: { result: Omit<SegmentResult, 'answer'>; start: AnswerStart }[] = [];
    for (const [i, { picture }] of requests.entries()) {
      const clock = phaseClock();
      const known = pictures.get(picture);
      const { seen, encode } = known ?? { seen: await this.encode(picture, signal), encode: clock() };
      pictures.set(picture, { seen, encode: 0 });
      const found = await this.find(picture, seen, texts[i]!, options, clock);
      const start = await this.beginAnswer(seen, found, options, 0);
      const { language, mask } = found;
      const milliseconds = { encode, language, mask, answer: clock() };
      begun.push({ result: { ...found.finding, question: texts[i]!, milliseconds }, start });
    }
    const clock = phaseClock();
    const stopTokens = [this.parts.reader.stopToken];
    const starts = begun.map(({ start }) => start);
    const tokens = await this.parts.language.generateTogether(starts, { maxTokens, stopTokens, signal });
    const each = clock() / requests.length;
    return begun.map(({ result }, i) => {
      const { milliseconds } = result;
      return {
        ...result,
        answer: this.spell(tokens[i]!),
        milliseconds: { ...milliseconds, answer: milliseconds.answer + each },
      };
    });
  }

  private checkOptions({ threshold = 0.5, maxTokens = DEFAULT_TOKENS }: SegmentOptions): void {
    if (!(threshold > 0 && threshold < 1)) {
      throw new RangeError(`threshold is ${threshold} and must lie between 0 and 1`);
    }
    if (!Number.isInteger(maxTokens) || maxTokens < 1) {
      throw new RangeError(`maxTokens is ${maxTokens} and must be a whole number from 1`);
    }
  }

  private async encode(picture: Picture, signal: AbortSignal | undefined): Promise<SeenPicture> {
    signal?.throwIfAborted();
    return this.parts.reader.see(picture);
  }

  /** The mask that a question asks for, and what the model is then told of it. */
  private async find(
    picture: Picture,
    seen: SeenPicture,
    text: string,
    { signal, threshold = 0.5, onFinding }: SegmentOptions,
    clock: () => number,
  ): Promise<Found> {
    signal?.throwIfAborted();
    const { size } = this.preset.image;
    const prompt = await seen.read(text);
    const language = clock();
    signal?.throwIfAborted();
    const values = await this.predict(seen, prompt, threshold);
    const map = keepAskedPlace(
      { width: size, height: size, data: values.probabilities },
      values.asked,
      threshold,
    );
    const finding = findingOf(map, values.presence, picture.width, picture.height, threshold);
    const mask = clock();
    signal?.throwIfAborted();
    onFinding?.(finding);
    return { prompt, map, finding, language, mask };
  }

  private async predict(seen: SeenPicture, prompt: ReadPrompt, threshold: number): Promise<MaskValues> {
    const { states, length } = prompt;
    const bucket = this.parts.reader.promptLengths.find((longest) => longest >= length)!;
    const session = await this.maskSession(bucket);
    return runMask(session, seen.values, states, length, bucket, threshold, this.preset);
  }

  /** Reads what comes after the prompt, the mask among it; the next token is the answer's first. */
  private async beginAnswer(
    seen: SeenPicture,
    { prompt, map }: Found,
    { threshold = 0.5 }: SegmentOptions,
    room: number,
  ): Promise<AnswerStart> {
    const { language, regions } = this.parts;
    const regionTokens =
      regions === undefined
        ? new Float32Array()
        : await runRegions(regions, seen.values, map.data, threshold, this.preset);
    const embeddings = seen.beforeAnswer(regionTokens);
    const length = embeddings.length / this.preset.language.hidden;
    const context = language.fork(prompt.context, prompt.length + length + room);
    const states = length === 0 ? prompt.states : await language.extend(context, embeddings, length);
    return { context, lastState: language.lastState(states) };
  }

  private async finishAnswer(
    context: Context,
    lastState: Float32Array,
    { signal, onToken, maxTokens }: SegmentOptions & { readonly maxTokens: number },
  ): Promise<string> {
    const stream = this.parts.tokenizer.stream();
    let answer = '';
    const say = (piece: string): void => {
      answer += piece;
      if (piece !== '') onToken?.(piece);
    };
    await this.parts.language.generate(context, lastState, {
      maxTokens,
      stopTokens: [this.parts.reader.stopToken],
      signal,
      onToken: (token) => say(stream.push(token)),
    });
    say(stream.end());
    return answer.trim();
  }

  private spell(tokens: readonly number[]): string {
    const stream = this.parts.tokenizer.stream();
    return `${tokens.map((token) => stream.push(token)).join('')}${stream.end()}`.trim();
  }

  private checkText(question: string, maxTokens: number): string {
    const text = checkQuestion(question);
    const { reader } = this.parts;
    const tokens = reader.countTokens(text);
    const others = reader.otherTokens + regionTokenCount(this.preset) + maxTokens;
    const room = this.preset.language.longest - others;
    if (tokens > room) {
      throw new QuestionError(
        `it has ${tokens} tokens and the model reads at most ${room}`,
        'ask in fewer words',
      );
    }
    return text;
  }

  private maskSession(bucket: number): Promise<Session> {
    let session = this.maskSessions.get(bucket);
    if (session === undefined) {
      const { runtime, parameters } = this.parts;
      session = runtime.load(maskGraph(parameters, this.preset, bucket), this.parts.session);
      this.maskSessions.set(bucket, session);
    }
    return session;
  }

  private async release(): Promise<void> {
    await Promise.allSettled(this.underWay);
    await this.parts.reader.release();
    await this.parts.vision.release();
    await this.parts.regions?.release();
    for (const session of this.maskSessions.values()) await (await session).release();
    await this.parts.language.release();
  }
}

/** Gives the milliseconds since it was last asked, to a tenth. */
function phaseClock(): () => number {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const passed = now - last;
    last = now;
    return Math.round(passed * 10) / 10;
  };
}
