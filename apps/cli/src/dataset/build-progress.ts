import type { BuildStage } from '@prs-med/posmed/node';

/** A bar on standard error while a data set is built; only warnings where that is no terminal. */
export interface BuildProgress {
  show(stage: BuildStage, done: number, total: number): void;
  say(line: string): void;
  stop(): void;
}

const STAGES: Readonly<Record<BuildStage, string>> = {
  measure: 'pictures and masks read',
  generate: 'images with pairs',
  write: 'images written',
};

export async function startBuildProgress(): Promise<BuildProgress> {
  const write = (line: string) => void process.stderr.write(`${line}\n`);
  if (!process.stderr.isTTY) return { show: () => undefined, say: write, stop: () => undefined };
  const { default: bars } = await import('cli-progress');
  const bar = new bars.SingleBar(
    {
      format: '{bar} {value}/{total} {stage}, {eta_formatted} left',
      stream: process.stderr,
      clearOnComplete: true,
      hideCursor: null,
      gracefulExit: false,
    },
    bars.Presets.shades_classic,
  );
  let current: BuildStage | undefined;
  return {
    show(stage, done, total) {
      if (stage !== current) {
        bar.start(total, done, { stage: STAGES[stage] });
        current = stage;
      }
      bar.update(done);
    },
    say(line) {
      if (current !== undefined) process.stderr.write('\r\x1b[K');
      write(line);
      if (current !== undefined) bar.render();
    },
    stop: () => bar.stop(),
  };
}
