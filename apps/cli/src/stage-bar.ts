/** A bar on standard error for work in stages. */
export interface StageBar<Stage> {
  show(stage: Stage, done: number, total: number): void;
  /** Prints a line above the bar. */
  say(line: string): void;
  stop(): void;
}

/** Opens a bar with a text for each stage; only lines that are said are printed where standard error is no terminal. */
export async function openStageBar<Stage extends string>(
  texts: Readonly<Record<Stage, string>>,
): Promise<StageBar<Stage>> {
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
  let current: Stage | undefined;
  return {
    show(stage, done, total) {
      if (stage !== current) bar.start(total, done, { stage: texts[stage] });
      current = stage;
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
