import type { Progress } from '@prs-med/training/node';

/** Shows a run on a terminal as a bar, elsewhere as a line now and then; all on standard error. */
export interface TrainProgress {
  show(progress: Progress): void;
  say(message: string): void;
  stop(): void;
}

/** Without a terminal a line is printed every so many steps. */
const LINE_EVERY = 100;

export async function trainProgress(): Promise<TrainProgress> {
  if (!process.stderr.isTTY) {
    return {
      show(progress) {
        if (progress.step % LINE_EVERY === 0) process.stderr.write(`${describe(progress)}\n`);
      },
      say: (message) => process.stderr.write(`${message}\n`),
      stop: () => undefined,
    };
  }
  const { default: bars } = await import('cli-progress');
  const bar = new bars.SingleBar(
    { format: '{bar} {percentage}% {text}', stream: process.stderr, hideCursor: null, etaBuffer: 1 },
    bars.Presets.shades_classic,
  );
  bar.start(1, 0, { text: 'starting' });
  return {
    show(progress) {
      bar.setTotal(progress.steps ?? progress.step + 1);
      bar.update(progress.step, { text: describe(progress) });
    },
    say(message) {
      process.stderr.write(`\r\x1b[K${message}\n`);
      bar.render();
    },
    stop: () => bar.stop(),
  };
}

function describe({ stage, step, steps, losses, samplesPerSecond, secondsLeft }: Progress): string {
  const parts = Object.entries(losses).map(([name, value]) => `${name} ${value.toFixed(3)}`);
  const left = secondsLeft === undefined ? 'measuring the speed' : `${Math.ceil(secondsLeft / 60)} min left`;
  return `stage ${stage}, step ${step}/${steps ?? '?'}: ${parts.join(', ')}; ${samplesPerSecond.toFixed(1)} samples/s, ${left}`;
}
