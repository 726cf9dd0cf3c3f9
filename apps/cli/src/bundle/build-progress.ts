import type { LlavaBuildStage } from '@prs-med/model/node';

/** A bar on standard error while a bundle is built; nothing where that is no terminal. */
export interface BundleProgress {
  show(stage: LlavaBuildStage, done: number, total: number): void;
  stop(): void;
}

const STAGES: Readonly<Record<LlavaBuildStage, string>> = {
  read: 'files of the checkpoint read',
  language: 'files of the language model written',
};

export async function startBundleProgress(): Promise<BundleProgress> {
  if (!process.stderr.isTTY) return { show: () => undefined, stop: () => undefined };
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
  let current: LlavaBuildStage | undefined;
  return {
    show(stage, done, total) {
      if (stage !== current) bar.start(total, done, { stage: STAGES[stage] });
      current = stage;
      bar.update(done);
    },
    stop: () => bar.stop(),
  };
}
