import { asc, eq, inArray } from 'drizzle-orm';
import { isPanelSize } from '../../review/decision.js';
import { ReviewError } from '../../review/review-error.js';
import { type Database, workAlone } from './database.js';
import { panelMembers, panels, reviewers } from './tables.js';

/** Experts who judge the same pairs. */
export interface Panel {
  id: number;
  /** Their names, in alphabetical order. */
  reviewers: readonly string[];
}

/**
 * Makes a panel of these experts, or gives the one that they are already.
 * @param names an odd number of different names
 * @throws ReviewError for an even number, a name twice, or one that is empty or has a comma or a control character
 */
export async function createPanel(database: Database, names: readonly string[]): Promise<Panel> {
  const members = checkNames(names);
  return database.transaction(async (transaction) => {
    await workAlone(transaction, 'assign');
    const known = (await readPanels(transaction)).find(
      ({ reviewers: others }) => others.join() === members.join(),
    );
    if (known) return known;
    await transaction
      .insert(reviewers)
      .values(members.map((name) => ({ name })))
      .onConflictDoNothing();
    const rows = await transaction.select().from(reviewers).where(inArray(reviewers.name, members));
    const [panel] = await transaction.insert(panels).values({}).returning({ id: panels.id });
    const { id } = panel!;
    await transaction.insert(panelMembers).values(rows.map((row) => ({ panel: id, reviewer: row.id })));
    return { id, reviewers: members };
  });
}

/** All panels, the oldest first. */
export async function readPanels(database: Database): Promise<Panel[]> {
  const rows = await database
    .select({ panel: panelMembers.panel, name: reviewers.name })
    .from(panelMembers)
    .innerJoin(reviewers, eq(reviewers.id, panelMembers.reviewer))
    .orderBy(asc(panelMembers.panel));
  const members = new Map<number, string[]>();
  for (const { panel, name } of rows) members.set(panel, [...(members.get(panel) ?? []), name]);
  return [...members].map(([id, names]) => ({ id, reviewers: names.sort() }));
}

function checkNames(names: readonly string[]): string[] {
  const members = names.map((name) => name.trim()).sort();
  const wrong = members.find((name) => name === '' || /[\p{Cc},]/u.test(name));
  if (wrong !== undefined) {
    throw new ReviewError(
      'panel',
      wrong === '' ? 'a reviewer has no name' : `"${wrong}" cannot be the name of a reviewer`,
      'name each reviewer, without commas or control characters',
    );
  }
  const twice = members.find((name, at) => name === members[at - 1]);
  if (twice !== undefined) {
    throw new ReviewError('panel', `"${twice}" is in it twice`, 'name each reviewer once');
  }
  if (!isPanelSize(members.length)) {
    throw new ReviewError(
      'panel',
      `${members.length} reviewers can tie`,
      'name an odd number of reviewers, such as three',
    );
  }
  return members;
}
