import { ZONES } from '@prs-med/imaging';
import type { AuditReport } from '../audit/audit.js';
import { SPLITS } from '../sources/source.js';
import { drawPlot, type Plot, type PlotSpec } from './draw-plot.js';

/** Blue to the left, red to the right, darker above; grey for the center: sides and halves are seen at a glance. */
const ZONE_COLOURS = ['#1f5f9e', '#b23a2e', '#7fb2e0', '#eb9c8f', '#a8a8a8'];
const GUESSES = ['one constant', 'constant of the kind', 'from the template', 'from the words'];
const SPLIT_COLOURS = ['#4c78a8', '#bab0ac', '#f58518'];

/** The plots of an audit, as SVG. */
export async function drawAuditPlots(report: AuditReport): Promise<Plot[]> {
  const plots: Plot[] = [];
  for (const { title, caption, spec } of plotsOf(report)) {
    plots.push({ title, caption, svg: await drawPlot(spec) });
  }
  return plots;
}

function plotsOf(report: AuditReport): { title: string; caption: string; spec: PlotSpec }[] {
  const modalities = new Set(report.sizes.map(({ modality }) => modality)).size;
  const zones = report.zones.flatMap(({ modality, target, zones: counts }) =>
    ZONES.map((zone, order) => ({ target: `${target} (${modality})`, zone, order, masks: counts[zone] })),
  );
  const guesses = report.questionGuesses.flatMap(({ modality, constant, fromTemplate, fromWords }) => [
    { modality, guess: 'constant of the kind', accuracy: constant },
    { modality, guess: 'from the template', accuracy: fromTemplate },
    { modality, guess: 'from the words', accuracy: fromWords },
  ]);
  const constants = report.constantAnswers.flatMap(({ modality, accuracy }) =>
    accuracy === null ? [] : [{ modality, guess: 'one constant', accuracy }],
  );
  return [
    {
      title: 'Images by modality and split',
      caption: 'A split that lacks a modality cannot test it.',
      spec: {
        data: { values: report.sizes.map((size) => ({ ...size, order: SPLITS.indexOf(size.split) })) },
        height: 26 * modalities,
        mark: 'bar',
        encoding: {
          y: { field: 'modality', type: 'nominal', title: null },
          x: { field: 'images', type: 'quantitative', title: 'images' },
          color: {
            field: 'split',
            type: 'nominal',
            title: null,
            scale: { domain: [...SPLITS], range: SPLIT_COLOURS },
          },
          order: { field: 'order' },
        },
      },
    },
    {
      title: 'Where the masks lie',
      caption:
        'The share of masks in each zone, by the rule on their boxes. Evenly spread would be 20 % each.',
      spec: {
        data: { values: zones },
        height: 26 * report.zones.length,
        mark: 'bar',
        encoding: {
          y: { field: 'target', type: 'nominal', title: null },
          x: {
            field: 'masks',
            type: 'quantitative',
            stack: 'normalize',
            title: 'share of the masks',
            axis: { format: '%' },
          },
          color: {
            field: 'zone',
            type: 'nominal',
            title: null,
            scale: { domain: [...ZONES], range: ZONE_COLOURS },
          },
          order: { field: 'order' },
        },
      },
    },
    {
      title: 'Answers without the picture',
      caption:
        'The share of test answers whose zones are right when they are guessed from train without the picture. ' +
        'Wordings that say nothing of the answer lie on the constant of their kind.',
      spec: {
        data: { values: [...constants, ...guesses] },
        height: 46 * modalities,
        mark: 'bar',
        encoding: {
          y: { field: 'modality', type: 'nominal', title: null, scale: { paddingInner: 0.3 } },
          yOffset: { field: 'guess', sort: GUESSES },
          x: {
            field: 'accuracy',
            type: 'quantitative',
            title: 'right',
            scale: { domain: [0, 1] },
            axis: { format: '%' },
          },
          color: {
            field: 'guess',
            type: 'nominal',
            title: null,
            scale: { domain: GUESSES, range: ['#c4c0bd', '#4c78a8', '#f58518', '#54a24b'] },
          },
        },
      },
    },
    {
      title: 'How often it is there',
      caption:
        'The share of the pairs about a target whose truth is not empty. A name that is never there answers itself.',
      spec: {
        data: { values: [...report.presence] },
        height: 20 * report.presence.length,
        mark: { type: 'bar', color: '#4c78a8' },
        encoding: {
          y: { field: 'target', type: 'nominal', title: null },
          x: {
            field: 'present',
            type: 'quantitative',
            title: 'present',
            scale: { domain: [0, 1] },
            axis: { format: '%' },
          },
        },
      },
    },
    {
      title: 'Pairs by kind',
      caption: 'Pairs that a panel rejected are left out, here and in all checks.',
      spec: {
        data: { values: Object.entries(report.kinds).map(([kind, pairs]) => ({ kind, pairs })) },
        height: 18 * Object.keys(report.kinds).length,
        mark: { type: 'bar', color: '#4c78a8' },
        encoding: {
          y: { field: 'kind', type: 'nominal', title: null, sort: '-x' },
          x: { field: 'pairs', type: 'quantitative', title: 'pairs' },
        },
      },
    },
  ];
}
