import type { Pair } from '../pair.js';
import { clearRegions } from '../position/find-places.js';
import { turnSide, turnZone } from '../position/laterality.js';
import type { SceneTarget } from '../scene.js';
import type { PairRequest } from './generator.js';

/** Raised whenever `SYSTEM_PROMPT` or the form of the drafts changes, for the same drafts then give other words. */
export const PROMPT_VERSION = 1;

/** The two messages of a request. */
export interface ChatPrompt {
  readonly system: string;
  readonly user: string;
}

export const SYSTEM_PROMPT = `You write training data for a program that finds things in medical pictures.
You get one JSON document: the kind of picture, whose left and right is meant, and numbered drafts. Each draft is a question, its answer, and the facts behind them.
Put every question and every answer in other words, natural ones, as different people would: some short, some long, some formal, some casual, with different beginnings and different sentence structures. A question may become a request and a request a question.

Rules:
1. The meaning stays. The new question asks for the same thing, in the same place, and the new answer says the same as the answer of the draft. "the largest", "all", "both" and "how many" stay in the question in some form.
2. Name every place that the draft names and no other. A place may go by another usual name: "top-left" may be "the upper left", "the upper left quadrant" or "the left upper corner", and "center" may be "the middle".
3. Left and right always say whose they are. With "sides": "picture" write "of the image" or the like, and with "sides": "patient" write "the patient's left" or the like. Never turn one into the other.
4. Yes and no, numbers and comparisons stay as they are. The options of a multiple choice keep their letters, their places and their order, and the answer keeps its letter.
5. A question does not give its answer away. It names no place that the draft's question does not name.
6. Say nothing beyond the draft and its facts: no diagnosis, never benign or malignant or cancer, nothing about shape, colour, texture, cause, danger or treatment.
7. No two questions may be the same.

Reply with one JSON object and nothing else, with an item for each draft, under its id:
{"pairs":[{"id":1,"question":"...","answer":"..."}]}`;

/**
 * What is sent for a picture: its drafts with the facts that may be said. No name of a file, image or patient is in it,
 * so that pictures with the same drafts make the same request. Places are told as the sentences speak of them, which for
 * the patient's sides is the other way round than the picture's.
 */
export function promptFor({ scene, drafts }: PairRequest): ChatPrompt {
  const document = {
    picture: scene.modality,
    sides: drafts[0]?.laterality === 'patient' ? 'patient' : 'picture',
    drafts: drafts.map((draft, at) => ({
      id: at + 1,
      question: draft.question,
      answer: draft.answer,
      facts: factsOf(
        draft,
        scene.targets.find(({ target }) => target === draft.target),
      ),
    })),
  };
  return { system: SYSTEM_PROMPT, user: JSON.stringify(document) };
}

function factsOf(draft: Pair, target: SceneTarget | undefined) {
  const { laterality, zones, asked, truth } = draft;
  const isTurned = laterality === 'patient';
  const isWhole = target !== undefined && truth[0] === target.id;
  return {
    target: draft.target,
    present: truth.length > 0,
    ...(truth.length > 0 && { regions: isWhole ? clearRegions(target).length : truth.length }),
    ...(zones.length > 0 && { zones: isTurned ? zones.map(turnZone) : zones }),
    ...(asked.side !== null && { side: isTurned ? turnSide(asked.side) : asked.side }),
  };
}
