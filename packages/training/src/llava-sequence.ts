import type { Tensor } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import { llavaConfigOf, llavaVisualTokens, type Preset, untiedLogits } from '@prs-med/model';
import type { Scope } from '@prs-med/nn';
import type { PromptLayout } from './conversation.js';
import { embedAlike, type Sequence, tokenTable } from './sequence.js';

/** Tokens of a prompt beside the question: the opening and the picture. */
export const tokensBeforeQuestion = ({ language }: Preset, { openingIds }: PromptLayout): number =>
  language.kind === 'llava' ? openingIds.length + language.visualTokensSide ** 2 : 0;

/**
 * Picture and question are the prompt: OPENING, visual tokens, QUESTION | region tokens | answer. The visual tokens are
 * those of LLaVA's own tower, which is frozen; `towerPictures` are normalised for it.
 */
export function llavaSequence(
  scope: Scope,
  preset: Preset,
  inputs: { readonly questionIds: Tensor; readonly questionMask: Tensor; readonly towerPictures: Tensor },
  layout: PromptLayout,
): Sequence {
  const { questionIds, questionMask, towerPictures } = inputs;
  const samples = questionMask.shape[0]!;
  const language = scope.at('language');
  const table = tokenTable(language, preset);
  const before = tokensBeforeQuestion(preset, layout);
  const always = ag.constant(new Float32Array(samples * before).fill(1), [samples, before]);
  return {
    prompt: ag.concatenate(
      [
        embedAlike(table, layout.openingIds, samples),
        llavaVisualTokens(scope, towerPictures, llavaConfigOf(preset)),
        ag.embedding(table, questionIds),
      ],
      1,
    ),
    promptMask: ag.concatenate([always, questionMask], 1),
    beforeRegions: () => [],
    beforeAnswer: [],
    embed: (ids) => ag.embedding(table, ids),
    logits: (states) => untiedLogits(language, states, preset.language),
  };
}
