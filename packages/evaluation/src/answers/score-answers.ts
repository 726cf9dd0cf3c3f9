import { bootstrapMean, type Interval, type ResamplingOptions } from '../statistics/bootstrap.js';
import { type AnswerRow, judgeRow } from './answer-row.js';
import { type BaselineName, predictBaseline, type TrainingAnswer } from './baselines.js';
import { sentenceBleu } from './bleu.js';
import { meteor, type Synonyms } from './meteor.js';
import { rougeL, rougeN } from './rouge.js';

/** Figures of answers, 0 to 1; null where no reference says anything of the kind. */
export interface AnswerFigures {
  readonly rows: number;
  readonly zoneAccuracy: number | null;
  readonly exactZoneSet: number | null;
  readonly presenceAccuracy: number | null;
  readonly bleu1: number;
  readonly bleu4: number;
  readonly rouge1: number;
  readonly rougeL: number;
  readonly meteor: number;
  readonly confidenceInterval: { readonly zoneAccuracy: Interval | null };
}

/** Figures of all rows and of each modality, and those that constant answers reach on the same rows. */
export interface AnswerScores {
  readonly overall: AnswerFigures;
  readonly modalities: Readonly<Record<string, AnswerFigures>>;
  readonly baselines: Readonly<
    Record<
      BaselineName,
      { readonly overall: AnswerFigures; readonly modalities: Readonly<Record<string, AnswerFigures>> }
    >
  >;
}

export interface AnswerScoring extends ResamplingOptions {
  readonly synonyms: Synonyms;
  /** Answers of the training set, which the baselines learn from; the scored rows' own references where none are given. */
  readonly training?: readonly TrainingAnswer[];
}

/** @throws RangeError without rows */
export function scoreAnswers(rows: readonly AnswerRow[], scoring: AnswerScoring): AnswerScores {
  if (rows.length === 0) throw new RangeError('there are no answers to score');
  const training = scoring.training ?? rows;
  const baseline = (name: BaselineName) => {
    const predictions = predictBaseline(name, rows, training, scoring.seed ?? 0);
    return figures(
      rows.map((row, i) => ({ ...row, prediction: predictions[i]! })),
      scoring,
    );
  };
  return {
    ...figures(rows, scoring),
    baselines: {
      commonestZone: baseline('commonestZone'),
      randomAnswer: baseline('randomAnswer'),
      commonestAnswer: baseline('commonestAnswer'),
    },
  };
}

function figures(rows: readonly AnswerRow[], scoring: AnswerScoring) {
  const modalities = new Map<string, AnswerRow[]>();
  for (const row of rows) {
    const members = modalities.get(row.modality);
    if (members) members.push(row);
    else modalities.set(row.modality, [row]);
  }
  return {
    overall: summarize(rows, scoring),
    modalities: Object.fromEntries(
      [...modalities].map(([name, members]) => [name, summarize(members, scoring)]),
    ),
  };
}

function summarize(rows: readonly AnswerRow[], scoring: AnswerScoring): AnswerFigures {
  const verdicts = rows.map(judgeRow);
  const zones = verdicts.flatMap(({ zone }, i) =>
    zone === null ? [] : [{ value: zone ? 1 : 0, group: groupOf(rows[i]!) }],
  );
  const mean = (score: (row: AnswerRow) => number): number =>
    rows.reduce((sum, row) => sum + score(row), 0) / rows.length;
  return {
    rows: rows.length,
    zoneAccuracy: share(verdicts.map(({ zone }) => zone)),
    exactZoneSet: share(verdicts.map(({ exactZones }) => exactZones)),
    presenceAccuracy: share(verdicts.map(({ presence }) => presence)),
    bleu1: mean(({ answer, prediction }) => sentenceBleu(answer, prediction, 1)),
    bleu4: mean(({ answer, prediction }) => sentenceBleu(answer, prediction, 4)),
    rouge1: mean(({ answer, prediction }) => rougeN(answer, prediction, 1)),
    rougeL: mean(({ answer, prediction }) => rougeL(answer, prediction)),
    meteor: mean(({ answer, prediction }) => meteor(answer, prediction, scoring.synonyms)),
    confidenceInterval: {
      zoneAccuracy:
        zones.length === 0
          ? null
          : bootstrapMean(
              zones.map(({ value }) => value),
              zones.map(({ group }) => group),
              scoring,
            ),
    },
  };
}

const groupOf = ({ group, id }: AnswerRow): string => group ?? id;

function share(verdicts: readonly (boolean | null)[]): number | null {
  const told = verdicts.filter((verdict) => verdict !== null);
  return told.length === 0 ? null : told.filter(Boolean).length / told.length;
}
