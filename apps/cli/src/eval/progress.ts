/** A bar on standard error while questions are asked; only what is said where that is no terminal. */
export interface EvaluationProgress {
  start(total: number, done: number): void;
  advance(): void;
  say(line: string): void;
  stop(): void;
}

export async function startEvaluationProgress(): Promise<EvaluationProgress> {
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const nothing = () => undefined;
  if (!process.stderr.isTTY) return { start: nothing, advance: nothing, say, stop: nothing };
  const { default: bars } = await import('cli-progress');
  const bar = new bars.SingleBar(
    {
      format: '{bar} {value}/{total} questions, {eta_formatted} left',
      stream: process.stderr,
      clearOnComplete: true,
      hideCursor: null,
      gracefulExit: false,
    },
    bars.Presets.shades_classic,
  );
  return {
    start: (total, done) => bar.start(total, done),
    advance: () => bar.increment(),
    say,
    stop: () => bar.stop(),
  };
}
