import type { DatasetRecord } from '@prs-med/posmed';
import { buildDataset, readTemplateBank } from '@prs-med/posmed/node';
import { Interruption } from '../command-error.js';
import type { DatasetBuildOptions } from '../commands/dataset-build.js';
import { printable } from '../printable.js';
import { interruptible } from '../process-state.js';
import { startBuildProgress } from './build-progress.js';
import { openGenerator } from './open-generator.js';

/** Milliseconds for what is left to say. */
const TIME_TO_END = 200;

/**
 * `prs-med dataset build`.
 * @throws CommandError, SourceError, DatasetError or GeneratorError
 */
export async function runBuild(options: DatasetBuildOptions): Promise<void> {
  const { source, out, perImage, seed, laterality, zoneRule, resume, allowProblems } = options;
  const { generator, languageModel } = openGenerator(options, process.env);
  const bank = await readTemplateBank();
  const progress = await startBuildProgress();
  const warn = (text: string) => progress.say(`prs-med: ${printable(text)}`);
  const build = async (signal: AbortSignal) => {
    const warning = await languageModel?.check(signal);
    if (warning) warn(warning);
    return buildDataset({
      sources: source,
      out,
      bank,
      generator,
      ...(languageModel && { model: languageModel.model, promptVersion: languageModel.promptVersion }),
      perImage,
      seed,
      laterality,
      zoneRule,
      resume,
      allowProblems,
      signal,
      onProgress: progress.show,
      onWarning: warn,
    });
  };
  let record: DatasetRecord | null;
  try {
    record = await interruptible(build);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'AbortError') throw error;
    record = null;
  } finally {
    progress.stop();
    await generator.close();
  }
  if (record === null) {
    // A client that pauses between two tries does not wake, and would keep the process until then.
    if (languageModel) setTimeout(() => process.exit(), TIME_TO_END).unref();
    throw new Interruption('go on with --resume');
  }
  const lines = describeRecord(out, record);
  const { replies, tokens } = languageModel?.cost() ?? { replies: 0, tokens: 0 };
  if (replies > 0) lines.push(`  language model: ${count(replies)} replies, ${count(tokens)} tokens`);
  process.stdout.write(options.json ? `${JSON.stringify(record, null, 2)}\n` : `${lines.join('\n')}\n`);
}

/** What a reader wants to know of a data set that was built. */
function describeRecord(out: string, record: DatasetRecord): string[] {
  const { counts, parser, movedGroups, joinedGroups, problems } = record;
  const moved = movedGroups.reduce((sum, { images }) => sum + images, 0);
  return [
    `${printable(out)}: ${many(counts.images, 'image')}, ${many(counts.targets, 'target')}, ${many(counts.pairs, 'pair')}`,
    ...Object.entries({ ...counts.splits, ...counts.modalities }).map(
      ([name, { images, pairs }]) => `  ${name}: ${many(images, 'image')}, ${many(pairs, 'pair')}`,
    ),
    `  kinds: ${listCounts(counts.kinds)}`,
    `  thrown away: ${count(counts.rejected)}${counts.rejected > 0 ? `: ${listCounts(counts.reasons)}` : ''}`,
    `  parser: reads ${percent(parser.coverage)} of the sentences; the masks bear out ${percent(parser.agreement)} of the pairs`,
    ...(moved > 0 ? [`  moved to keep groups whole: ${many(moved, 'image')}`] : []),
    ...(joinedGroups.length > 0 ? [`  groups joined across sets: ${count(joinedGroups.length)}`] : []),
    ...(problems.length > 0 ? [`  files with problems: ${count(problems.length)}`] : []),
  ];
}

const count = (value: number): string => value.toLocaleString('en');

const many = (value: number, what: string): string => `${count(value)} ${what}${value === 1 ? '' : 's'}`;

/** Rounded down, so that 100 % means all. */
const percent = (share: number): string => `${Math.floor(1000 * share) / 10} %`;

const listCounts = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, value]) => `${name} ${count(value)}`)
    .join(', ');
