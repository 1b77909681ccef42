/** A node: 26 characters of lower-case base32, derived from the tab's public key. */
export type NodeId = string;
/** One start of a protocol. Frames, disks, sessions and traces carry it, so that nothing old reaches a new run. */
export type RunId = string;
/** One Process inside a run at one node: `server`, `client`, a `detector` below them. */
export type InstanceName = string;
/** Position in a log, from 1; 0 means "before the first". */
export type Index = number;
/** Raft's term, a ballot's counter, ZAB's epoch, PBFT's view. */
export type Reign = number;
/** Names one `persist` effect of one instance; rises by one with each. */
export type WriteId = number;
/** Names a request that a local user made of a client Process. */
export type RequestId = number;
/** Names a snapshot that the host holds while the protocol decides about it. */
export type SnapshotRef = number;

/** The total order in which nodes are listed wherever an order must not depend on a hash. */
export function compareIds(a: NodeId, b: NodeId): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
