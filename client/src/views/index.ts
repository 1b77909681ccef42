export type { ActiveFault, App, KeptName, Notice, Problem } from './app.js';
export { mount } from './mount.js';
