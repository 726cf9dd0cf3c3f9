import type { Tensor } from '@prs-med/autograd';
import * as ag from '@prs-med/autograd';
import { type Preset, tiedLogits, visualTokens } from '@prs-med/model';
import type { Scope } from '@prs-med/nn';
import type { PromptLayout } from './conversation.js';
import { embedAlike, type Sequence, tokenTable } from './sequence.js';

/**
 * The question alone is the prompt: QUESTION | visual tokens, region tokens, suffix | answer. The visual tokens are the
 * encoder's, so that picture and question meet in the fusion first.
 */
export function llamaSequence(
  scope: Scope,
  preset: Preset,
  inputs: { readonly questionIds: Tensor; readonly questionMask: Tensor },
  layout: PromptLayout,
): Sequence {
  const language = scope.at('language');
  const table = tokenTable(language, preset);
  return {
    prompt: ag.embedding(table, inputs.questionIds),
    promptMask: inputs.questionMask,
    beforeRegions: (picture) => [visualTokens(scope, picture, preset)],
    beforeAnswer: [embedAlike(table, layout.suffixIds, inputs.questionMask.shape[0]!)],
    embed: (ids) => ag.embedding(table, ids),
    logits: (states) => tiedLogits(language, states, preset.language),
  };
}
