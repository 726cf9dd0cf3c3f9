import { expect, it, vi } from 'vitest';

for (const library of ['drizzle-orm', 'drizzle-orm/pg-core', '@electric-sql/pglite', 'pg']) {
  vi.doMock(library, () => {
    throw new Error('a database library was loaded');
  });
}

it('loads no database library before a review is opened', async () => {
  const { openReview } = await import('../../src/node/index.js');
  const refused = expect.objectContaining({ cause: new Error('a database library was loaded') });
  await expect(openReview({ folder: 'nowhere', database: 'memory://' })).rejects.toEqual(refused);
  await expect(openReview({ folder: 'nowhere', database: 'postgres://a@b/c' })).rejects.toEqual(refused);
});
