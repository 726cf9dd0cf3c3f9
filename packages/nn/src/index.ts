export * from './layers.js';
export * from './scope.js';
