import { busUclm } from './bus-uclm.js';
import { busi } from './busi.js';
import { covid19Radiography } from './covid-19-radiography.js';
import { ctVolumes } from './ct-volumes.js';
import { cvc300 } from './cvc-300.js';
import { cvcClinicDb } from './cvc-clinicdb.js';
import { cvcColonDb } from './cvc-colondb.js';
import { etisLarib } from './etis-larib.js';
import { figshareBrainTumour } from './figshare-brain-tumour.js';
import { folderPair } from './folder-pair.js';
import { indexCsv } from './index-csv.js';
import { isic2016, isic2017, isic2018 } from './isic.js';
import { jsrt } from './jsrt.js';
import { kaggleLungCt } from './kaggle-lung-ct.js';
import { kvasirSeg } from './kvasir-seg.js';
import { lctsc } from './lctsc.js';
import { medsegCovidCt } from './medseg-covid-ct.js';
import { montgomery } from './montgomery.js';
import { ph2 } from './ph2.js';
import { shenzhen } from './shenzhen.js';
import { type SourceAdapter, SourceError } from './source.js';
import { udiatB } from './udiat-b.js';

/** All layouts that are read, the general ones last. */
export const SOURCES: readonly SourceAdapter[] = [
  busi,
  busUclm,
  udiatB,
  covid19Radiography,
  montgomery,
  shenzhen,
  jsrt,
  lctsc,
  kaggleLungCt,
  medsegCovidCt,
  figshareBrainTumour,
  kvasirSeg,
  cvcClinicDb,
  cvc300,
  cvcColonDb,
  etisLarib,
  isic2016,
  isic2017,
  isic2018,
  ph2,
  ctVolumes,
  folderPair,
  indexCsv,
];

/** @throws SourceError that lists the kinds when there is none of this name */
export function findSource(kind: string): SourceAdapter {
  const source = SOURCES.find((adapter) => adapter.kind === kind);
  if (source) return source;
  const kinds = SOURCES.map((adapter) => adapter.kind).join(', ');
  throw new SourceError(`source "${kind}"`, 'there is no such kind', `use one of ${kinds}`);
}
