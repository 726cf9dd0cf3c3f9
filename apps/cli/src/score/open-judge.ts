import type { JudgedRow } from '@prs-med/evaluation';
import { type JudgedAnswers, judgeAnswers } from '@prs-med/evaluation/node';
import { openEndpoint } from '@prs-med/posmed/node';
import { CommandError } from '../command-error.js';
import type { ScoreAnswersOptions } from '../commands/score.js';
import { endpointKey, endpointUrl } from '../endpoint-access.js';

/** A judge that a call names. */
export interface Judge {
  readonly model: string;
  /** The file that its replies are kept in. */
  readonly replies: string;
  judge(
    rows: readonly JudgedRow[],
    signal: AbortSignal,
    told: { readonly onRow: () => void; readonly onWarning: (text: string) => void },
  ): Promise<JudgedAnswers>;
}

const DEFAULT_CONCURRENCY = 4;
const DEFAULT_TIMEOUT = 300;

/** Options that only a judge has a use for. */
const JUDGE_OPTIONS = {
  '--judge-model': 'judgeModel',
  '--judge-replies': 'judgeReplies',
  '--concurrency': 'concurrency',
  '--timeout': 'timeout',
} as const;

/**
 * The judge that a call asks for; null for none. The key comes from the environment alone.
 * @throws CommandError when something that it needs is missing, or was given for nothing
 */
export function openJudge(
  options: ScoreAnswersOptions,
  environment: Readonly<Record<string, string | undefined>>,
): Judge | null {
  const { file, judgeUrl, judgeModel: model, concurrency, timeout } = options;
  if (judgeUrl === undefined) {
    for (const [option, name] of Object.entries(JUDGE_OPTIONS)) {
      if (options[name] === undefined) continue;
      throw new CommandError(option, 'it has no use without --judge-url', 'add --judge-url, or leave it out');
    }
    return null;
  }
  if (model === undefined) {
    throw new CommandError('--judge-url', 'it needs a model', 'name one that it has with --judge-model');
  }
  const access = {
    baseURL: endpointUrl(judgeUrl, '--judge-url', 'name it as in --judge-url http://HOST/v1'),
    apiKey: endpointKey(environment),
    model,
    timeout: timeout ?? DEFAULT_TIMEOUT,
    optionNames: { baseURL: '--judge-url', model: '--judge-model', timeout: '--timeout' },
  };
  const replies = options.judgeReplies ?? `${file.replace(/\.jsonl$/i, '')}.judge.jsonl`;
  return {
    model,
    replies,
    async judge(rows, signal, { onRow, onWarning }) {
      const endpoint = await openEndpoint(access);
      let checking: Promise<void> | undefined;
      const check = async (): Promise<void> => {
        const warning = await endpoint.check(signal);
        if (warning !== null) onWarning(warning);
      };
      return judgeAnswers(rows, {
        endpoint: {
          // Where all replies are there already, nobody is looked for.
          async complete(prompt, inner) {
            checking ??= check();
            await checking;
            return endpoint.complete(prompt, inner);
          },
        },
        model,
        replies,
        concurrency: concurrency ?? DEFAULT_CONCURRENCY,
        signal,
        onRow,
      });
    },
  };
}
