export { bundleFolder, saveBundle } from './bundle-folder.js';
