import type { Generator } from './generator.js';

/** The embedded generator: the drafts of the template bank as they are. */
export function templateGenerator(): Generator {
  return {
    name: 'template',
    generate: async ({ drafts }) => drafts.map((pair) => ({ pair })),
    close: async () => {},
  };
}
