import { findProtocol, runnableProtocols } from '../registry.js';
import { detectorSubject } from './detector/alone.js';
import { runDetectorSeed } from './detector/run-seed.js';
import { runSeed, type SeedOptions, type SeedReport } from './run-seed.js';

/** Runs a seed of what it was found for. */
export type SeedSubject = (options: Omit<SeedOptions, 'protocol'>) => SeedReport;

/** What can be simulated by that name: a protocol, or what protocols stand on. Null where there is none. */
export function findSubject(name: string): SeedSubject | null {
  if (name === detectorSubject) return runDetectorSeed;
  const protocol = findProtocol(name);
  return protocol === null ? null : (options) => runSeed({ protocol, ...options });
}

/** Names that `findSubject` knows. */
export function subjects(): readonly string[] {
  return [...runnableProtocols(), detectorSubject];
}
