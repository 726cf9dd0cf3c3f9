import type { Pair } from '../pair.js';
import { clearRegions } from '../position/find-places.js';
import { type RegionRelation, relateRegions } from '../position/relate-regions.js';
import type { SceneRegion } from '../scene.js';
import type { RegionName, Relation } from './relations.js';
import type { ParsedSentence } from './sentence.js';
import type { PairTruth } from './truth-of-pair.js';

/** What is said of two regions, and asked, holds for the mask's; null when it does or cannot be told. */
export function checkRelations(
  pair: Pair,
  question: ParsedSentence,
  answer: ParsedSentence,
  { target, regions }: PairTruth,
): string | null {
  const isAboutTwo = pair.kind === 'relation';
  if (!target || (answer.relations.length === 0 && !isAboutTwo)) return null;
  const shown: Shown = {
    clear: clearRegions(target),
    truth: regions.length === 1 ? regions[0]! : null,
    isAboutTwo,
  };
  const said = answer.relations.find((relation) => !holds(relation, shown));
  if (said) return `the answer says that ${inWords(said)} and the mask does not show that`;
  if (!isAboutTwo || pair.asked.all) return null;
  // "Which of the two is larger?": the truth is the one that is.
  const [asked] = question.relations;
  if (!asked || question.relations.length > 1) return 'the question asks for no relation of two';
  const { relation } = asked;
  return holds({ subject: null, relation, object: null }, shown)
    ? null
    : `the question asks which is ${relation.replace('-', ' ')} and the truth is the other`;
}

interface Shown {
  clear: readonly SceneRegion[];
  /** The region that is the truth; null where that is more than one. */
  truth: SceneRegion | null;
  /** Whether the question is about two of the target's regions. */
  isAboutTwo: boolean;
}

/** Whether a relation holds, or cannot be told. */
function holds({ subject, relation, object }: Relation, { clear, truth, isAboutTwo }: Shown): boolean {
  const isNamed = subject !== null || object !== null;
  // "above the fold": the other is no region of the target.
  if (!isNamed && !isAboutTwo) return true;
  if (clear.length < 2) return !isAboutTwo && !isSize(subject) && !isSize(object);
  const one = subject === null ? truth : findRegion(subject, clear);
  if (!one) return true;
  const others = clear.filter((region) => region !== one);
  const other = object === null ? (others.length === 1 ? others[0]! : null) : findRegion(object, others);
  if (other) return isShown(relation, relateRegions(one, other));
  if (object !== null || !isSize(relation)) return true;
  // The largest or the smallest of several.
  return others.every(({ area }) => (relation === 'larger' ? one.area >= area : one.area <= area));
}

function isSize(name: RegionName | Relation['relation'] | null): boolean {
  return name === 'larger' || name === 'smaller';
}

function isShown(relation: Relation['relation'], { across, down, size }: RegionRelation): boolean {
  if (relation === 'left-of') return across === 'left of';
  if (relation === 'right-of') return across === 'right of';
  return relation === 'above' || relation === 'below' ? down === relation : size === relation;
}

/** The region that a name means among several; null where that cannot be told. */
function findRegion(name: RegionName, regions: readonly SceneRegion[]): SceneRegion | null {
  const measure = MEASURES[name];
  if (measure) return regions.reduce((best, region) => (measure(region) > measure(best) ? region : best));
  const inZone = regions.filter(({ zone }) => zone === name);
  return inZone.length === 1 ? inZone[0]! : null;
}

/** Names that are relative: the one that has most of something. */
const MEASURES: Partial<Readonly<Record<RegionName, (region: SceneRegion) => number>>> = {
  larger: ({ area }) => area,
  smaller: ({ area }) => -area,
  left: ({ centroid }) => -centroid[0],
  right: ({ centroid }) => centroid[0],
  upper: ({ centroid }) => -centroid[1],
  lower: ({ centroid }) => centroid[1],
};

function inWords({ subject, relation, object }: Relation): string {
  return `${subject ?? 'it'} is ${relation.replace('-', ' ')}${object ? ` ${object}` : ''}`;
}
