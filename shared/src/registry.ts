import { bestEffort, gossip, reliable } from './broadcast/index.js';
import { pbft } from './consensus/pbft/index.js';
import { raft } from './consensus/raft/index.js';
import type { AnyProtocol, ProtocolName } from './core/index.js';

/** The protocols there are. Adding one is adding its folder and its line here. */
const protocols: readonly AnyProtocol[] = [raft, pbft, bestEffort, reliable, gossip];

/** The protocol of that name, or null. */
export function findProtocol(name: string): AnyProtocol | null {
  return protocols.find((protocol) => protocol.name === name) ?? null;
}

/** Names that `findProtocol` knows. */
export function runnableProtocols(): readonly ProtocolName[] {
  return protocols.map(({ name }) => name);
}
