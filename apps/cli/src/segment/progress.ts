import type { SingleBar } from 'cli-progress';

/** A bar on standard error while several things are worked on; nothing where that is no terminal. */
export interface Progress {
  advance(): void;
  /** Prints something on standard output or error above the bar. */
  above(print: () => void): void;
  stop(): void;
}

const silent: Progress = { advance: () => undefined, above: (print) => print(), stop: () => undefined };

export async function startProgress(total: number, what = 'pictures'): Promise<Progress> {
  if (!process.stderr.isTTY || total < 2) return silent;
  const { default: bars } = await import('cli-progress');
  const bar: SingleBar = new bars.SingleBar(
    {
      format: `{bar} {value}/{total} ${what}, {eta_formatted} left`,
      stream: process.stderr,
      clearOnComplete: true,
      hideCursor: null,
      gracefulExit: false,
    },
    bars.Presets.shades_classic,
  );
  bar.start(total, 0);
  return {
    advance: () => bar.increment(),
    above(print) {
      process.stderr.write('\r\x1b[K');
      print();
      bar.render();
    },
    stop() {
      // The bar ends where it saved the cursor, which is above all that was printed since: save it here.
      process.stderr.write('\x1b7');
      bar.stop();
    },
  };
}
