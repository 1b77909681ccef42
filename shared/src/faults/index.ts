export * from './faults.js';
export * from './table.js';
