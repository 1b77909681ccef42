export { type CheckOptions, checkLinearizability, type Verdict } from './linearizability.js';
export { HistoryError, type Operation, type OperationLine, pairLines, parseHistory } from './operations.js';
