import { drawPlot, type Plot, type PlotSpec } from '@prs-med/posmed/node';
import { modalityName, sortColumns } from '../report/columns.js';
import type { ScoredRun } from '../report/scored-run.js';
import type { Calibration } from '../run/calibration.js';
import type { RowScore } from '../run/row-score.js';
import { quantile } from '../statistics/bootstrap.js';

const COLOUR = '#4c78a8';
const DARK = '#1c1c1c';

/** The plots of a run: how Dice is spread in each modality, and how far probabilities can be taken at their word. */
export async function drawRunPlots({ label, scores }: ScoredRun): Promise<Plot[]> {
  const plots: Plot[] = [];
  if (scores.segmentation) {
    plots.push({
      title: `${label}: Dice of each picture`,
      caption: 'A tick is a picture. The bar spans the middle half of them, the point is the median.',
      svg: await drawPlot(diceSpread(scores.rows)),
    });
  }
  if (scores.calibration) {
    plots.push({
      title: `${label}: calibration`,
      caption: `Pixels in ten bins of probability: the share of them that is target against what was said. On the line, probabilities can be taken at their word. Expected calibration error ${scores.calibration.expectedCalibrationError.toFixed(4)}.`,
      svg: await drawPlot(calibrationCurve(scores.calibration)),
    });
  }
  return plots;
}

function diceSpread(rows: readonly RowScore[]): PlotSpec {
  const scored = rows.filter((row) => row.whole && row.dice !== null);
  const columns = sortColumns(scored);
  const nameOf = ({ modality, target }: { modality: string; target: string }): string =>
    `${modalityName(modality)}, ${target}`;
  const pictures = scored.map((row) => ({ of: nameOf(row), dice: row.dice! }));
  const spans = columns.map((column) => {
    const values = pictures
      .flatMap(({ of, dice }) => (of === nameOf(column) ? [dice] : []))
      .sort((a, b) => a - b);
    return {
      of: nameOf(column),
      low: quantile(values, 0.25),
      median: quantile(values, 0.5),
      high: quantile(values, 0.75),
    };
  });
  const y = { field: 'of', type: 'nominal', title: null, sort: columns.map(nameOf) } as const;
  return {
    height: 34 * columns.length,
    layer: [
      {
        data: { values: pictures },
        mark: { type: 'tick', color: COLOUR, opacity: 0.35, thickness: 1, size: 22 },
        encoding: {
          y,
          x: { field: 'dice', type: 'quantitative', title: 'Dice at 0.5', scale: { domain: [0, 1] } },
        },
      },
      {
        data: { values: spans },
        mark: { type: 'bar', color: COLOUR, opacity: 0.55, height: 8 },
        encoding: { y, x: { field: 'low', type: 'quantitative' }, x2: { field: 'high' } },
      },
      {
        data: { values: spans },
        mark: { type: 'point', filled: true, color: DARK, size: 60, opacity: 1 },
        encoding: { y, x: { field: 'median', type: 'quantitative' } },
      },
    ],
  };
}

function calibrationCurve({ bins }: Calibration): PlotSpec {
  const told = bins.filter(({ pixels }) => pixels > 0);
  const axis = { type: 'quantitative' as const, scale: { domain: [0, 1] } };
  return {
    height: 300,
    layer: [
      {
        data: { values: [{ said: 0 }, { said: 1 }] },
        mark: { type: 'line', color: '#999', strokeDash: [4, 4] },
        encoding: {
          x: { field: 'said', ...axis, title: 'probability said' },
          y: { field: 'said', ...axis, title: 'share that is target' },
        },
      },
      {
        data: {
          values: told.map(({ probability, targetShare, pixels }) => ({ probability, targetShare, pixels })),
        },
        mark: { type: 'line', color: COLOUR, point: { filled: true, size: 60, color: COLOUR } },
        encoding: { x: { field: 'probability', ...axis }, y: { field: 'targetShare', ...axis } },
      },
    ],
  };
}
