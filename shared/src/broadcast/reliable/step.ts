import { assert, type DiskOp, type Effect, type Index, type NodeId } from '../../core/index.js';
import { nodesMax, type ReliableMessage } from './messages.js';
import {
  createOrigin,
  createPeer,
  type Entry,
  known,
  type Origin,
  type Peer,
  type ReliableState,
} from './state.js';

/** One step under way: the state it changes, when it happens, and the effects so far. */
export type Step = {
  readonly state: ReliableState;
  readonly now: number;
  readonly effects: Effect<ReliableMessage>[];
  /** The operations of this step's write, once it has one: all of a step goes to disk in one atomic batch. */
  ops: DiskOp[] | null;
};

export function send(step: Step, to: NodeId, message: ReliableMessage): void {
  step.effects.push({ type: 'send', to, message });
}

export function note(
  step: Step,
  code: string,
  data: { readonly [key: string]: string | number | boolean | null },
): void {
  step.effects.push({ type: 'note', code, data });
}

/** Adds to this step's write. */
export function record(step: Step, op: DiskOp): void {
  const { state } = step;
  if (step.ops === null) {
    step.ops = [];
    state.lastWrite += 1;
    state.writes.push({ write: state.lastWrite, lastIndex: lastIndex(state) });
    step.effects.push({ type: 'persist', write: state.lastWrite, ops: step.ops });
  }
  step.ops.push(op);
}

/** Appends to the log, in memory at once and on disk with this step's write. */
export function append(step: Step, entry: Entry): Index {
  const { state } = step;
  state.entries.push(entry);
  const index = lastIndex(state);
  record(step, { kind: 'append', index, value: entry });
  const write = state.writes.at(-1);
  assert(write !== undefined, 'a step that appends has a write');
  state.writes[state.writes.length - 1] = { write: write.write, lastIndex: index };
  return index;
}

export function lastIndex({ offset, entries }: ReliableState): Index {
  return offset + entries.length;
}

export function entryAt({ offset, entries }: ReliableState, index: Index): Entry {
  const entry = entries[index - offset - 1];
  assert(entry !== undefined, 'an entry is looked up that the log holds');
  return entry;
}

/** What is known of an origin; null for a new one when there are too many. */
export function originOf({ origins }: ReliableState, node: NodeId): Origin | null {
  const origin = known(origins, node);
  if (origin !== undefined) return origin;
  if (Object.keys(origins).length >= nodesMax) return null;
  const created = createOrigin();
  origins[node] = created;
  return created;
}

/** What is known of another node; null for a new one when there are too many. */
export function peerOf({ peers }: ReliableState, node: NodeId): Peer | null {
  const peer = known(peers, node);
  if (peer !== undefined) return peer;
  if (Object.keys(peers).length >= nodesMax) return null;
  const created = createPeer();
  peers[node] = created;
  return created;
}
