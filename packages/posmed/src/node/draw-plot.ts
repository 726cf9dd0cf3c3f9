import type { TopLevelSpec } from 'vega-lite';

/** A plot as Vega-Lite describes it. */
export type PlotSpec = TopLevelSpec;

/** A drawn plot with its caption. */
export interface Plot {
  readonly title: string;
  readonly caption: string;
  readonly svg: string;
}

/** Of a plot in pixels, with its axes. */
const WIDTH = 520;

/** Draws a plot as SVG, in the style that all pages share. The same plot gives the same text. */
export async function drawPlot(spec: PlotSpec): Promise<string> {
  const [vega, lite] = await Promise.all([import('vega'), import('vega-lite')]);
  const compiled = lite.compile({
    ...spec,
    width: WIDTH,
    autosize: { type: 'fit-x', contains: 'padding' },
    background: 'transparent',
    config: {
      font: 'system-ui, sans-serif',
      axis: {
        labelFontSize: 12,
        titleFontSize: 12,
        titleFontWeight: 'normal',
        labelLimit: 320,
        gridColor: '#e6e6e6',
      },
      legend: { labelFontSize: 12, labelLimit: 0, orient: 'top', columns: 2 },
      view: { stroke: null },
    },
  });
  const view = new vega.View(vega.parse(compiled.spec), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}
