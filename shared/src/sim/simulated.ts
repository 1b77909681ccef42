import type { AnyProtocol } from '../core/index.js';
import { findProtocol, runnableProtocols } from '../registry.js';
import { detectorAlone } from './detector/alone.js';

/** What protocols stand on, each alone: it can be simulated, and not started. */
const foundations: { readonly [name: string]: AnyProtocol } = { detector: detectorAlone };

/** What can be simulated by that name: a protocol, or what protocols stand on. Null where there is none. */
export function findSimulated(name: string): AnyProtocol | null {
  return findProtocol(name) ?? (Object.hasOwn(foundations, name) ? (foundations[name] ?? null) : null);
}

/** Names that `findSimulated` knows. */
export function simulated(): readonly string[] {
  return [...runnableProtocols(), ...Object.keys(foundations)];
}
