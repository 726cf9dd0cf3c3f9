import type { ChannelStatistic } from '@prs-med/imaging';
import type { Preset } from './preset.js';

/** Mean and standard deviation, by channel, of the pixel values in 0..1 that a preset's vision encoder reads. */
export const imageNormalization = ({
  image,
}: Pick<Preset, 'image'>): { readonly mean: ChannelStatistic; readonly deviation: ChannelStatistic } => ({
  mean: byChannel(image.mean),
  deviation: byChannel(image.deviation),
});

const byChannel = (value: Preset['image']['mean']): ChannelStatistic =>
  typeof value === 'number' ? [value, value, value] : value;
