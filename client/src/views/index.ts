export type { ActiveFault, App, KeptName, Problem } from './app.js';
export { mount } from './mount.js';
