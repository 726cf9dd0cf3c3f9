export { readWordNet } from './wordnet.js';
