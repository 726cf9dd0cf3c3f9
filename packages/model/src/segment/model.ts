import type { Runtime, Session } from '@prs-med/autograd';
import { type Picture, toTensor } from '@prs-med/imaging';
import type { OpenBundle } from '../bundle/open-bundle.js';
import type { Parameters } from '../bundle/trained.js';
import { keepAskedPlace } from '../grounding/asked-place.js';
import { REGION_TOKENS } from '../grounding/regions.js';
import type { LanguageModel } from '../language/language-model.js';
import { questionIds, stopId, suffixIds } from '../language/prompt.js';
import type { Tokenizer } from '../language/tokenizer.js';
import type { Preset } from '../preset.js';
import { type ReadQuestion, readQuestion } from './language-session.js';
import { type MaskValues, maskGraph, questionBuckets, runMask } from './mask-session.js';
import { checkQuestion, QuestionError } from './question-error.js';
import { Recent } from './recent.js';
import { runRegions } from './region-session.js';
import { type Finding, findingOf } from './result.js';
import { type PictureValues, runVision } from './vision-session.js';

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

/** How long each phase took. */
export interface PhaseTimes {
  readonly encode: number;
  readonly language: number;
  readonly mask: number;
  readonly answer: number;
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
  /** Frees what the model holds, once calls under way have ended. It cannot be used after. */
  close(): Promise<void>;
}

/** What `loadModel` puts together. */
export interface ModelParts {
  readonly bundle: OpenBundle;
  readonly runtime: Runtime;
  readonly threads: number | undefined;
  readonly tokenizer: Tokenizer;
  readonly parameters: Parameters;
  readonly vision: Session;
  readonly regions: Session;
  readonly language: LanguageModel;
}

const DEFAULT_TOKENS = 48;
const QUESTIONS_KEPT = 16;

export class SegmentModel implements Model {
  readonly identity: Model['identity'];
  readonly preset: Preset;
  private readonly maskSessions = new Map<number, Promise<Session>>();
  private readonly questions: Recent<ReadQuestion>;
  private readonly suffix: readonly number[];
  private readonly stop: number;
  private readonly underWay = new Set<Promise<unknown>>();
  private closed: Promise<void> | undefined;

  constructor(private readonly parts: ModelParts) {
    const { config, sha256 } = parts.bundle;
    this.identity = { name: config.name, version: config.version, sha256 };
    this.preset = config.preset;
    this.suffix = suffixIds(parts.tokenizer);
    this.stop = stopId(parts.tokenizer);
    this.questions = new Recent(QUESTIONS_KEPT, (text) =>
      readQuestion(parts.language, questionIds(parts.tokenizer, text)),
    );
  }

  /** Makes the session for questions of usual length, which the first call would otherwise wait for. */
  async warm(): Promise<void> {
    await this.maskSession(questionBuckets(this.preset.language.longest)[0]!);
  }

  async segment(picture: Picture, question: string, options: SegmentOptions = {}): Promise<SegmentResult> {
    if (this.closed !== undefined) throw new Error('the model is closed; load it again');
    const work = this.run(picture, question, options);
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
    const { signal, threshold = 0.5, maxTokens = DEFAULT_TOKENS } = options;
    if (!(threshold > 0 && threshold < 1)) {
      throw new RangeError(`threshold is ${threshold} and must lie between 0 and 1`);
    }
    if (!Number.isInteger(maxTokens) || maxTokens < 1) {
      throw new RangeError(`maxTokens is ${maxTokens} and must be a whole number from 1`);
    }
    const text = checkQuestion(question);
    this.checkLength(text, maxTokens);
    const clock = phaseClock();
    signal?.throwIfAborted();
    const { size, mean, deviation } = this.preset.image;
    const tensor = toTensor(picture, size, [mean, mean, mean], [deviation, deviation, deviation]);
    const seen = await runVision(this.parts.vision, tensor, this.preset);
    const encode = clock();
    signal?.throwIfAborted();
    const asked = await this.questions.get(text);
    const language = clock();
    signal?.throwIfAborted();
    const values = await this.predict(seen, asked, threshold);
    const map = keepAskedPlace(
      { width: size, height: size, data: values.probabilities },
      values.asked,
      threshold,
    );
    const finding = findingOf(map, values.presence, picture.width, picture.height, threshold);
    const mask = clock();
    signal?.throwIfAborted();
    options.onFinding?.(finding);
    const regions = await runRegions(this.parts.regions, seen, map.data, threshold, this.preset);
    const answer = await this.answer(seen, asked, regions, { ...options, maxTokens });
    return { ...finding, question: text, answer, milliseconds: { encode, language, mask, answer: clock() } };
  }

  private async predict(seen: PictureValues, asked: ReadQuestion, threshold: number): Promise<MaskValues> {
    const bucket = questionBuckets(this.preset.language.longest).find((length) => length >= asked.length)!;
    const session = await this.maskSession(bucket);
    return runMask(session, seen, asked.states, asked.length, bucket, threshold, this.preset);
  }

  private async answer(
    seen: PictureValues,
    asked: ReadQuestion,
    regionTokens: Float32Array,
    { signal, onToken, maxTokens }: SegmentOptions & { readonly maxTokens: number },
  ): Promise<string> {
    const { language, tokenizer } = this.parts;
    const visual = seen.visual_tokens.data as Float32Array;
    const suffix = language.embed(this.suffix);
    const embeddings = new Float32Array(visual.length + regionTokens.length + suffix.length);
    embeddings.set(visual);
    embeddings.set(regionTokens, visual.length);
    embeddings.set(suffix, visual.length + regionTokens.length);
    const length = embeddings.length / this.preset.language.hidden;
    const context = language.fork(asked.context, asked.length + length + maxTokens);
    const states = await language.extend(context, embeddings, length);
    const stream = tokenizer.stream();
    let answer = '';
    const say = (piece: string): void => {
      answer += piece;
      if (piece !== '') onToken?.(piece);
    };
    await language.generate(context, language.lastState(states), {
      maxTokens,
      stopTokens: [this.stop],
      signal,
      onToken: (token) => say(stream.push(token)),
    });
    say(stream.end());
    return answer.trim();
  }

  private checkLength(text: string, maxTokens: number): void {
    const { longest, visualTokensSide } = this.preset.language;
    const tokens = questionIds(this.parts.tokenizer, text).length;
    const room = longest - visualTokensSide ** 2 - REGION_TOKENS - this.suffix.length - maxTokens;
    if (tokens > room) {
      throw new QuestionError(
        `it has ${tokens} tokens and the model reads at most ${room}`,
        'ask in fewer words',
      );
    }
  }

  private maskSession(bucket: number): Promise<Session> {
    let session = this.maskSessions.get(bucket);
    if (session === undefined) {
      const { runtime, parameters, threads } = this.parts;
      const options = threads === undefined ? {} : { threads };
      session = runtime.load(maskGraph(parameters, this.preset, bucket), options);
      this.maskSessions.set(bucket, session);
    }
    return session;
  }

  private async release(): Promise<void> {
    await Promise.allSettled(this.underWay);
    this.questions.clear();
    await this.parts.vision.release();
    await this.parts.regions.release();
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
