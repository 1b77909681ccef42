export { Lab, type LabListener } from './lab.js';
