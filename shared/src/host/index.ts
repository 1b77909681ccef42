export * from './disk-acceptance.js';
export * from './disk-area.js';
export * from './disk-error.js';
export * from './group-disk.js';
export { Host, type HostOptions, type HostPorts, type StepObserver } from './host.js';
export { type InputRecording, replay } from './input-recording.js';
export { LabClock } from './lab-clock.js';
export * from './ports.js';
export type { RequestAnswer, RunSpec } from './run.js';
