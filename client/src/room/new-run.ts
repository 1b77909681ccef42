import type { NodeId } from '@quorate/shared/core';
import { findProtocol, runnableProtocols } from '@quorate/shared/registry';
import { QuorateError } from '../api/error.js';
import { checkOptions, newRunId } from './checks.js';
import type { RoomDocument, RunEntry } from './document.js';

type FoundProtocol = NonNullable<ReturnType<typeof findProtocol>>;

/** The protocol of this name. Throws `QuorateError` `unknown-protocol`. */
export function startable(name: string | undefined): FoundProtocol {
  const found = findProtocol(name ?? '');
  if (found !== null) return found;
  const known = runnableProtocols().join(', ');
  throw new QuorateError(
    'unknown-protocol',
    `There is no protocol ${String(name)} here. Give one of: ${known}.`,
  );
}

/** A run that is about to begin: of the whole room, or of the group with this number. */
export function newRun(
  document: RoomDocument,
  protocol: FoundProtocol,
  {
    voters,
    options,
    group,
  }: { readonly voters: NodeId[]; readonly options: unknown; readonly group: number | null },
): RunEntry {
  return {
    id: newRunId(protocol.name, document),
    protocol: protocol.name,
    group,
    voters,
    servers: voters,
    salvaged: null,
    options: checkOptions(() => protocol.parseOptions(options ?? {})),
    running: true,
    pace: document.pace,
    paused: false,
    until: null,
    faults: [],
  };
}
