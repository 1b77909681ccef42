import type { AnyProtocol } from '@quorate/shared/core';
import { findProtocol } from '@quorate/shared/registry';
import type { RunEntry } from './document.js';

/** The run's protocol, where this page knows it and can read its options; a newer host's may be beyond it. */
export function protocolOf(run: RunEntry): AnyProtocol | null {
  try {
    const protocol = findProtocol(run.protocol);
    protocol?.parseOptions(run.options);
    if (protocol !== null) return protocol;
    console.error(`This page does not know ${run.protocol}: reload it, it is older than the host's.`);
  } catch (cause) {
    console.error(`The options of run ${run.id} can't be read:`, cause);
  }
  return null;
}
