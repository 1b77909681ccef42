export { type Cell, measureCell, type Row, rowsOf } from './table.js';
export { benchOptions, conditions, type Figures, plan } from './trial.js';
