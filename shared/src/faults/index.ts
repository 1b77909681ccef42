export * from './faults.js';
export { Liar, type LiarOptions, type Remark, type Uttered } from './liar.js';
export { type LiarSpec, type Strategy, strategies } from './strategies.js';
export * from './table.js';
