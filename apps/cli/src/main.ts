import { Command, CommanderError } from 'commander';
import { describeError, statusOf } from './command-error.js';
import { bundleCommand } from './commands/bundle.js';
import { datasetCommand } from './commands/dataset.js';
import { doctorCommand } from './commands/doctor.js';
import { evalCommand } from './commands/eval.js';
import { reportCommand } from './commands/report.js';
import { scoreCommand } from './commands/score.js';
import { segmentCommand } from './commands/segment.js';
import { trainCommand } from './commands/train.js';
import { zonesCommand } from './commands/zones.js';
import { outcome, survivePipes } from './process-state.js';
import { packageVersion } from './version.js';

/**
 * Runs the `prs-med` command.
 * @param args what follows the command's name
 * @returns the exit status: 0 done, 1 failed, 2 wrong input or call, 130 interrupted
 */
export async function run(args: readonly string[]): Promise<number> {
  survivePipes();
  const program = buildProgram();
  try {
    await program.parseAsync([...args], { from: 'user' });
    return outcome.status;
  } catch (error) {
    const status = statusOf(error);
    if (status !== 0 && !isHelp(error)) {
      process.stderr.write(`${describeError(error, commandOf(program, args), args.includes('--debug'))}\n`);
    }
    return status;
  }
}

/** A call of no command: its help has been printed instead. */
const isHelp = (error: unknown): boolean =>
  error instanceof CommanderError && error.code === 'commander.help';

/** The command with all its subcommands. */
export function buildProgram(): Command {
  const program = new Command('prs-med')
    .description('Position reasoning segmentation: a picture and a question in, a mask and an answer out.')
    .version(packageVersion(), '-V, --version')
    .option('--debug', 'show the stack of an error');
  for (const command of [
    segmentCommand(),
    zonesCommand(),
    datasetCommand(),
    trainCommand(),
    evalCommand(),
    scoreCommand(),
    reportCommand(),
    bundleCommand(),
    doctorCommand(),
  ]) {
    program.addCommand(command);
  }
  prepare(program);
  return program;
}

/** Errors are thrown instead of printed, everywhere alike; `--debug` may stand anywhere. */
function prepare(command: Command): void {
  command.exitOverride().configureOutput({ outputError: () => undefined });
  if (command.parent !== null) command.option('--debug', 'show the stack of an error');
  for (const child of command.commands) prepare(child);
}

/** The names of the subcommands that the call begins with, as far as they are known. */
function commandOf(program: Command, args: readonly string[]): string {
  const names: string[] = [];
  let command: Command | undefined = program;
  for (const arg of args) {
    command = command?.commands.find((child: Command) => child.name() === arg);
    if (command === undefined) break;
    names.push(arg);
  }
  return names.join(' ');
}
