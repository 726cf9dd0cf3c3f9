export * from './layers.js';
export * from './scope.js';
export * from './weights/index.js';
