export { type Conversation, conversationOf, type PromptLayout } from './conversation.js';
export * from './data/index.js';
export * from './feeds.js';
export * from './losses.js';
export * from './stages.js';
export * from './validation.js';
