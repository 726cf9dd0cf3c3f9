import { type Picture, resizePicture } from '@prs-med/imaging';
import { encodePicture } from '@prs-med/imaging/node';
import type { PairRow } from '@prs-med/posmed';
import { type ChatRequest, openEndpoint, untilAborted } from '@prs-med/posmed/node';
import type { Answer, Answerer, AskedImage, KeepAnswer } from '../ask/answerer.js';
import { presenceOfText } from '../ask/presence-of-text.js';
import { textOfReply } from '../ask/text-of-reply.js';

export interface EndpointAnswererOptions {
  /** As in "http://localhost:8000/v1", without a user, a password or a query, for it is told in errors. */
  readonly baseURL: string;
  /** Never told. */
  readonly apiKey: string;
  /** As the endpoint calls it. */
  readonly model: string;
  /** Seconds for one try, from 1 to 300. */
  readonly timeout: number;
  /** Questions that are asked at once. */
  readonly concurrency: number;
}

/** An endpoint that answers in text alone. */
export interface EndpointAnswerer extends Answerer {
  /**
   * Looks whether the endpoint is there before anything is asked.
   * @returns a warning when it seems not to have the model
   * @throws GeneratorError when it cannot be reached or refuses the key
   */
  check(signal: AbortSignal): Promise<string | null>;
}

/** A question, and the picture that it is about, encoded once for all its questions. */
interface AskedPair {
  readonly pair: PairRow;
  readonly url: () => Promise<string>;
}

/** Pixels; larger pictures are scaled down before they are sent. */
const LONGEST_SIDE_SENT = 1024;
/** Tokens of an answer, with what some models think before it. */
const MOST_TOKENS = 1024;

/**
 * Asks a model that sees pictures behind an OpenAI-compatible endpoint (vLLM, llama.cpp and the like): the picture as PNG,
 * its longest side at most 1024 pixels, and the question as it stands, with nothing added, at temperature 0. Its answers
 * are texts alone. An endpoint that is overloaded, slow or cut off is asked again, with growing pauses or the one that
 * Retry-After asks for; `answer` throws a GeneratorError when that is in vain.
 */
export async function endpointAnswerer(options: EndpointAnswererOptions): Promise<EndpointAnswerer> {
  const { model, concurrency } = options;
  const endpoint = await openEndpoint({
    ...options,
    optionNames: { baseURL: '--endpoint', model: '--endpoint-model', timeout: '--timeout' },
  });

  async function ask({ pair, url }: AskedPair, signal: AbortSignal, keep: KeepAnswer): Promise<void> {
    signal.throwIfAborted();
    const request = requestOf(await url(), pair.question);
    const start = performance.now();
    const { content } = await endpoint.chat(request, signal);
    await keep(pair, answerOf(content, performance.now() - start));
  }

  async function askAll(asked: readonly AskedImage[], signal: AbortSignal, keep: KeepAnswer): Promise<void> {
    const left = eachPair(asked);
    let failure: { readonly error: unknown } | undefined;
    const work = async () => {
      try {
        // An error ends the iterator, so that the others ask no more; what they have asked is still kept.
        for (const pair of left) await ask(pair, signal, keep);
      } catch (error) {
        failure ??= { error };
      }
    };
    await Promise.all(Array.from({ length: concurrency }, work));
    if (failure) throw failure.error;
  }

  return {
    subject: { kind: 'endpoint', name: model },
    imagesTogether: null,
    check: (signal) => endpoint.check(signal),
    answer: (asked, signal, keep) => untilAborted(signal, (inner) => askAll(asked, inner, keep)),
    close: async () => undefined,
  };
}

function* eachPair(asked: readonly AskedImage[]): Generator<AskedPair> {
  for (const { picture, pairs } of asked) {
    let once: Promise<string> | undefined;
    const url = () => {
      once ??= picture().then(dataUrl);
      return once;
    };
    for (const pair of pairs) yield { pair, url };
  }
}

async function dataUrl(picture: Picture): Promise<string> {
  const { width, height } = picture;
  const scale = Math.min(1, LONGEST_SIDE_SENT / Math.max(width, height));
  const [across, down] = [width, height].map((side) => Math.max(1, Math.round(side * scale)));
  const sent = scale < 1 ? resizePicture(picture, across!, down!) : picture;
  return `data:image/png;base64,${Buffer.from(await encodePicture(sent)).toString('base64')}`;
}

function requestOf(url: string, question: string): ChatRequest {
  return {
    messages: [
      {
        role: 'user',
        content: [
          { type: 'image_url', image_url: { url } },
          { type: 'text', text: question },
        ],
      },
    ],
    temperature: 0,
    max_tokens: MOST_TOKENS,
  };
}

function answerOf(reply: string, milliseconds: number): Answer {
  const text = textOfReply(reply);
  return { text, present: presenceOfText(text), presence: null, zones: [], map: null, milliseconds };
}
