import { fileURLToPath } from 'node:url';

const place = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** The picture that the project ships. */
export const examplePicture = place('examples/skin-lesion.png');
/** The `prs-med` command. */
export const command = place('apps/cli/bin/prs-med.js');
/** The bundle that is loaded when no other is named. */
export const defaultModel = place('models/small');
