import { instancesAt, type NodeId } from '@quorate/shared/core';
import type { Lab } from '../node/index.js';
import { type RoomDocument, runOf } from './document.js';
import { protocolOf } from './run-protocol.js';

/** Makes the lab of the node `self` do what the document says. */
export function followDocument(lab: Lab, document: RoomDocument, self: NodeId): void {
  const run = runOf(document, self);
  // What another run goes on from is kept as long as that run: its survivor may yet have to begin it again.
  const kept = new Set(document.runs.flatMap(({ running, salvaged }) => (running ? [salvaged?.run] : [])));
  for (const { id, running } of document.runs) if (!running && !kept.has(id)) lab.end(id);
  lab.runOnly(run?.id ?? null);
  const protocol = run === null ? null : protocolOf(run);
  if (run === null || protocol === null) return;
  // Before it goes on: what it is to stop at may be the first thing that happens.
  lab.pauseAt(run.id, run.paused ? null : (run.until?.milestone ?? null));
  lab.pace(run.pace, run.paused);
  lab.run({
    run: run.id,
    protocol: run.protocol,
    voters: run.voters,
    options: run.options,
    instances: instancesAt(protocol, run.servers.includes(self)),
    faults: run.faults,
    salvage: run.salvaged?.node === self ? run.salvaged.run : null,
  });
}
