export { HistoryError, type OperationLine, parseHistory } from './history.js';
export { type CheckOptions, checkLinearizability, stepsMaxDefault, type Verdict } from './linearizability.js';
