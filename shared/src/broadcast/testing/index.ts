export { bytes, delivered, Solo, sent } from './step.js';
