import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Runtime, warmupCosine } from '@prs-med/autograd';
import type { Parameters } from '@prs-med/model';
import { conversationOf } from '../conversation.js';
import type { Example } from '../data/example.js';
import { keepFittingPairs } from '../data/fitting-pairs.js';
import { stepFeeds } from '../feeds.js';
import type { StageTrainer } from '../layered/layered-trainer.js';
import { type BatchShape, parameterGroups, type Stage } from '../stages.js';
import type { DiceSummary } from '../validation.js';
import { WeightAverage } from '../weight-average.js';
import type { Batch } from './batch-maker.js';
import { type Checkpoint, loadCheckpoint, type RunState, saveCheckpoint } from './checkpoint.js';
import { isLlava } from './frozen-language.js';
import { openLoader } from './loader.js';
import { appendLog, plotLog, rewindLog } from './run-log.js';
import { openValidation, pictureFormat } from './run-validation.js';
import { startTrainer, type TrainStart } from './start-trainer.js';

export interface TrainOptions {
  readonly folder: string;
  readonly examples: readonly Example[];
  /** The run's folder: log, plot, checkpoints. */
  readonly out: string;
  readonly stages: readonly Stage[];
  /** How long: passes over the train split in each stage, or minutes for all stages together. */
  readonly length: { readonly epochs: number } | { readonly minutes: number };
  readonly seed: number;
  readonly resume: boolean;
  readonly batchSize?: number;
  /** Times the peak learning rates; below 1 to go on from trained parameters without shaking them much. Default 1. */
  readonly learningRateScale?: number | undefined;
  /** Names of parameters that stay as they are, in which `*` stands for any text. Default none. */
  readonly frozen?: readonly string[] | undefined;
  /** Times the share of the samples that are about a target, by its name. Default 1 for each. */
  readonly targetWeights?: Readonly<Record<string, number>> | undefined;
  /** Threads to compute with; all cores when left out. */
  readonly threads?: number | undefined;
  /** Told of every step and validation. */
  readonly onProgress?: (progress: Progress) => void;
  readonly onMessage?: (message: string) => void;
  readonly signal?: AbortSignal;
}

export interface Progress {
  readonly stage: Stage;
  readonly step: number;
  /** Undefined while the speed is being measured. */
  readonly steps: number | undefined;
  readonly losses: Readonly<Record<string, number>>;
  readonly samplesPerSecond: number;
  readonly secondsLeft: number | undefined;
}

/** Peak learning rates of the parameter groups in each stage. */
export const LEARNING_RATES: Readonly<Record<Stage, Readonly<Record<string, number>>>> = {
  1: { fusion: 8e-4, vision: 4e-4 },
  2: { fusion: 3e-4, vision: 1.5e-4, lora: 3e-4 },
};

/** Share of the minutes that each stage gets when both are trained. */
const STAGE_SHARE: Readonly<Record<Stage, number>> = { 1: 0.7, 2: 0.3 };
const BATCH_SIZE = 8;
/** With a 7 B language model a sample's step takes minutes and gigabytes. */
const LLAVA_BATCH_SIZE = 1;
/** Steps that warm up, and steps that are timed, before a run bounded by minutes knows its length. */
const WARM_STEPS = 8;
const TIMED_STEPS = 16;
const VALIDATIONS = 4;
const CHECKPOINT_SECONDS = 180;
/** Decoded pictures that are kept: the step itself takes most of the 6 GB that a training process may have. */
const PICTURE_CACHE_BYTES = 2 ** 27;
/** A loss this many times the running mean is an explosion. */
const EXPLOSION = 8;

/** A run that cannot go on: says at which step, on which files, and where the last good checkpoint is. */
export class TrainingError extends Error {
  override readonly name = 'TrainingError';
}

/**
 * Trains a preset in one stage or both. The same options, seed and files give the same losses, also after a kill and a
 * resume. Gives the best mean Dice on the val split; the best parameters are in `OUT/checkpoints/best`.
 * @throws TrainingError when the loss is not finite or explodes
 */
export async function train(
  start: TrainStart,
  options: TrainOptions,
  runtime: Runtime,
): Promise<number | undefined> {
  const { out, stages } = options;
  refuseOtherBase(start);
  const last = join(out, 'checkpoints', 'last');
  const saved = options.resume ? await loadCheckpoint(last) : undefined;
  if (!options.resume) await rm(join(out, 'checkpoints'), { recursive: true, force: true });
  await mkdir(join(out, 'checkpoints'), { recursive: true });
  if (saved === undefined) await writeFile(join(out, 'log.jsonl'), '');
  else await rewindLog(out, saved.state.stage, saved.state.step);

  let { parameters } = start;
  let best: number | undefined;
  let nextSample = 0;
  for (const stage of stages) {
    if (saved !== undefined && stage < saved.state.stage) continue;
    const resumed = saved?.state.stage === stage ? saved : undefined;
    if (resumed !== undefined) ({ parameters } = resumed);
    const result = await trainStage(start, options, runtime, stage, parameters, resumed, nextSample, best);
    ({ parameters, nextSample, best } = result);
  }
  await plotLog(out);
  return best;
}

function refuseOtherBase({ preset: { name, language }, base }: TrainStart): void {
  const kind = isLlava(base) ? 'llava' : 'llama';
  if (kind !== language.kind)
    throw new Error(`preset ${name} has a language model of kind ${language.kind} and ${kind} was given`);
}

interface StageResult {
  readonly parameters: Parameters;
  readonly nextSample: number;
  readonly best: number | undefined;
}

async function trainStage(
  start: TrainStart,
  options: TrainOptions,
  runtime: Runtime,
  stage: Stage,
  parameters: Parameters,
  resumed: Checkpoint | undefined,
  firstSample: number,
  bestBefore: number | undefined,
): Promise<StageResult> {
  const { preset } = start;
  const conversation = conversationOf(preset, start.tokenizer);
  const { out, seed, folder, learningRateScale = 1 } = options;
  const batchSize = options.batchSize ?? (isLlava(start.base) ? LLAVA_BATCH_SIZE : BATCH_SIZE);
  const { answerTokens, stage1QuestionTokens } = preset.language;
  const questionTokens = stage === 1 ? stage1QuestionTokens : preset.language.questionTokens;
  const shape: BatchShape = { samples: batchSize, questionTokens, answerTokens };
  const groups = parameterGroups(preset, stage, options.frozen);
  const session = options.threads === undefined ? {} : { threads: options.threads };
  const trainer = await startTrainer(start, conversation, stage, shape, groups, parameters, runtime, session);
  const average = new WeightAverage(groups, trainer.parameters());
  if (resumed !== undefined) {
    trainer.restore(resumed.optimizer);
    average.restore(resumed.optimizer.arrays);
  }
  const validation = openValidation(
    start,
    conversation,
    { folder, examples: options.examples, batchSize },
    groups,
    parameters,
    stage,
    runtime,
    session,
  );
  const image = pictureFormat(preset);
  const { examples, tooLong } = keepFittingPairs(
    options.examples.filter(({ split }) => split === 'train'),
    conversation,
    shape,
  );
  if (tooLong > 0) {
    options.onMessage?.(
      `stage ${stage}: ${tooLong} pairs are longer than the preset's batches and are left out`,
    );
  }
  let nextSample = resumed?.state.nextSample ?? firstSample;
  const loader = openLoader({
    ...image,
    folder,
    examples,
    batchSize,
    seed,
    startSample: nextSample,
    targetWeights: options.targetWeights,
    cacheBytes: PICTURE_CACHE_BYTES,
  });

  let step = resumed?.state.step ?? 0;
  let steps = resumed?.state.steps ?? plannedSteps(options, examples, batchSize);
  let best = resumed === undefined ? bestBefore : resumed.state.best;
  const secondsBefore = resumed?.state.seconds ?? 0;
  const started = performance.now();
  const seconds = () => secondsBefore + (performance.now() - started) / 1000;
  let timedFrom = 0;
  let savedAt = performance.now();
  let runningMean: number | undefined;
  let speed = 0;

  const save = async (name: string): Promise<void> => {
    const state: RunState = {
      stage,
      step,
      steps: steps!,
      nextSample,
      ...counts(trainer),
      best,
      seconds: seconds(),
    };
    const saved = trainer.save();
    const optimizer = { ...saved, arrays: { ...saved.arrays, ...average.save() } };
    await saveCheckpoint(join(out, 'checkpoints', name), {
      state,
      optimizer,
      parameters: current(parameters, average),
    });
    if (name === 'last') savedAt = performance.now();
  };

  try {
    while (steps === undefined || step < steps) {
      options.signal?.throwIfAborted();
      const { value: batch } = await loader.next();
      const before = performance.now();
      const feeds = stepFeeds(batch, conversation, shape, stage, preset, seed);
      // While the speed is being measured the rate stays at the foot of its rise.
      const factor = learningRateScale * warmupCosine(steps === undefined ? 0 : step / steps);
      const rates = LEARNING_RATES[stage];
      const learningRates = Object.fromEntries(groups.map(({ name }) => [name, rates[name]! * factor]));
      const { loss, gradientNorm, metrics } = await trainer.step(feeds, { learningRates });
      refuseExplosion(loss, runningMean, stage, step, batch, out);
      runningMean = runningMean === undefined ? loss : 0.98 * runningMean + 0.02 * loss;
      step++;
      average.update(trainer.parameters(), step);
      nextSample += batchSize;
      loader.release(batch);
      const stepSpeed = batchSize / ((performance.now() - before) / 1000);
      speed = speed === 0 ? stepSpeed : 0.95 * speed + 0.05 * stepSpeed;
      const losses = { loss, ...scalars(metrics) };
      await appendLog(out, {
        kind: 'step',
        stage,
        step,
        sample: nextSample,
        loss,
        losses,
        gradientNorm,
        learningRate: rates.fusion! * factor,
        samplesPerSecond: stepSpeed,
      });
      if (step === WARM_STEPS) timedFrom = performance.now();
      if (steps === undefined && step === WARM_STEPS + TIMED_STEPS) {
        const each = (performance.now() - timedFrom) / 1000 / TIMED_STEPS;
        steps = step + Math.max(0, Math.floor((stageSeconds(options, stage) - seconds()) / each));
        await save('last');
      }
      const secondsLeft = steps === undefined ? undefined : ((steps - step) * batchSize) / speed;
      options.onProgress?.({ stage, step, steps, losses, samplesPerSecond: speed, secondsLeft });
      if (steps !== undefined && isValidationStep(step, steps)) {
        const dice = await validation.run(average);
        await appendLog(out, { kind: 'validation', stage, step, mean: dice.mean, dice: dice.groups });
        options.onMessage?.(`stage ${stage}, step ${step}: val Dice ${describeDice(dice)}`);
        const better = best === undefined || dice.mean > best;
        if (better) best = dice.mean;
        await save('last');
        if (better) await save('best');
        await plotLog(out);
      } else if (steps !== undefined && performance.now() - savedAt > CHECKPOINT_SECONDS * 1000) {
        await save('last');
      }
    }
    return { parameters: current(parameters, average), nextSample, best };
  } finally {
    await loader.close();
    await validation.close();
    await trainer.close();
  }
}

/** All parameters as they are to be used: a copy, the average of those that are trained. */
function current(parameters: Parameters, average: WeightAverage): Parameters {
  const now = average.parameters();
  return new Map(
    [...parameters].map(([name, { shape, data }]) => [
      name,
      { shape, data: (now.get(name) ?? data).slice() },
    ]),
  );
}

const counts = (trainer: StageTrainer): Pick<RunState, 'updates' | 'gathered'> => {
  const { updates, gathered } = trainer.counts;
  return { updates, gathered };
};

const scalars = (
  metrics: Readonly<Record<string, { readonly data: ArrayLike<number | bigint> }>>,
): Record<string, number> =>
  Object.fromEntries(Object.entries(metrics).map(([name, { data }]) => [name, Number(data[0])]));

function plannedSteps(
  { length }: TrainOptions,
  examples: readonly Example[],
  batchSize: number,
): number | undefined {
  if ('minutes' in length) return undefined;
  const targets = examples.reduce((total, example) => total + example.targets.length, 0);
  return Math.max(1, Math.ceil((length.epochs * targets) / batchSize));
}

function stageSeconds({ length, stages }: TrainOptions, stage: Stage): number {
  if (!('minutes' in length)) return 0;
  const share = STAGE_SHARE[stage] / stages.reduce((total, other) => total + STAGE_SHARE[other], 0);
  return length.minutes * 60 * share;
}

const isValidationStep = (step: number, steps: number): boolean =>
  step === steps || step % Math.max(1, Math.ceil(steps / VALIDATIONS)) === 0;

function refuseExplosion(
  loss: number,
  runningMean: number | undefined,
  stage: Stage,
  step: number,
  batch: Batch,
  out: string,
): void {
  const exploded = runningMean !== undefined && loss > EXPLOSION * Math.max(runningMean, 0.5);
  if (Number.isFinite(loss) && !exploded) return;
  const files = [...new Set(batch.samples.map(({ image }) => image))].join(', ');
  throw new TrainingError(
    `stage ${stage}, step ${step + 1}: the loss is ${loss}${exploded ? `, ${EXPLOSION} times what it was` : ''}; ` +
      `look at the batch's files (${files}) and go on from ${join(out, 'checkpoints', 'last')} with --resume`,
  );
}

const describeDice = ({ mean, groups }: DiceSummary): string =>
  `${mean.toFixed(3)} (${Object.entries(groups)
    .map(([name, value]) => `${name} ${value.toFixed(3)}`)
    .join('; ')})`;
