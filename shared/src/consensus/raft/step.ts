import {
  clientInstance,
  type DiskOp,
  type Effect,
  type Index,
  type NodeId,
  nextInt,
  type WriteId,
} from '../../core/index.js';
import { votersOf } from './configuration.js';
import { enterConfiguration, rollBackTo } from './configuration-history.js';
import * as logs from './log.js';
import {
  type ClientResponse,
  type RaftMessage,
  requestBytesPerMessageMax,
  requestsPerMessageMax,
  type ServerMessage,
} from './messages.js';
import type { RaftState } from './state.js';

/** One step under way: the state it changes, when it happens, and the effects so far. */
export type Step = {
  readonly state: RaftState;
  readonly now: number;
  readonly effects: Effect<RaftMessage>[];
  /** The operations of this step's write, once it has one: all of a step goes to disk in one atomic batch. */
  ops: DiskOp[] | null;
};

export const electionTimer = 'election';
export const heartbeatTimer = 'heartbeat';
/** Runs while a commit index waits for entries to travel with. */
export const commitTimer = 'commit';

export function send(step: Step, to: NodeId, message: RaftMessage): void {
  step.effects.push({ type: 'send', to, message });
}

/** Sends what must not be taken back: once `write`, and the term and vote it is said under, are durable. */
export function promise(step: Step, to: NodeId, message: ServerMessage, write: WriteId = 0): void {
  const { hardStateWrite, durableWrite } = step.state.durability;
  const after = Math.max(write, hardStateWrite);
  if (after > durableWrite) step.effects.push({ type: 'send', to, message, after });
  else send(step, to, message);
}

/** Answers in as many messages as they need: one that a frame can't carry would never arrive, and be asked for for ever. */
export function respond(step: Step, client: NodeId, responses: readonly ClientResponse[]): void {
  let part: ClientResponse[] = [];
  let bytes = 0;
  for (const response of responses) {
    const more = response.status === 'ok' ? response.result.length : 0;
    const isFull = part.length === requestsPerMessageMax || bytes + more > requestBytesPerMessageMax;
    if (isFull && part.length > 0) {
      sendResponses(step, client, part);
      part = [];
      bytes = 0;
    }
    part.push(response);
    bytes += more;
  }
  if (part.length > 0) sendResponses(step, client, part);
}

function sendResponses(step: Step, client: NodeId, responses: readonly ClientResponse[]): void {
  const message: RaftMessage = { type: 'clientResponses', leader: step.state.leader, responses };
  step.effects.push({ type: 'send', to: client, instance: clientInstance, message });
}

export function note(
  step: Step,
  code: string,
  data: { readonly [key: string]: string | number | boolean | null },
): void {
  step.effects.push({ type: 'note', code, data });
}

/** Section 5.2: each time a new timeout, drawn from the range, so that split votes are rare and soon over. */
export function resetElectionTimer(step: Step): void {
  const { random, options } = step.state;
  const afterMs = nextInt(random, options.electionTimeoutMinMs, options.electionTimeoutMaxMs);
  step.effects.push({ type: 'setTimer', timer: electionTimer, afterMs });
}

/** Adds to this step's write. Answers with its id. */
function record(step: Step, op: DiskOp): WriteId {
  const { durability } = step.state;
  if (step.ops === null) {
    step.ops = [];
    durability.lastWrite += 1;
    step.effects.push({ type: 'persist', write: durability.lastWrite, ops: step.ops });
  }
  step.ops.push(op);
  return durability.lastWrite;
}

export const hardStateKey = 'hardState';

/** Writes term and vote (Figure 2: updated on stable storage before responding to RPCs). */
export function persistHardState(step: Step): WriteId {
  const { currentTerm, votedFor, durability } = step.state;
  const value = { currentTerm, votedFor };
  // A vote for a candidate of a higher term changes both in one step: the later value holds both.
  const earlier = step.ops?.findIndex((op) => op.kind === 'set') ?? -1;
  if (step.ops !== null && earlier >= 0) step.ops.splice(earlier, 1);
  durability.hardStateWrite = record(step, { kind: 'set', key: hardStateKey, value });
  return durability.hardStateWrite;
}

/** Appends to the log, in memory at once and on disk with this step's write. Answers with the write, 0 for no entries. */
export function appendToLog(step: Step, entries: readonly logs.LogEntry[]): WriteId {
  const { log, durability } = step.state;
  let write = 0;
  for (const entry of entries) {
    const index = logs.append(log, entry);
    write = record(step, { kind: 'append', index, value: entry });
    if (entry.kind === 'configuration')
      enterConfiguration(step.state, entry.term, index, entry.configuration);
  }
  if (write > 0) durability.unstable.push({ write, lastIndex: logs.lastIndex(log) });
  return write;
}

/** Drops the entries from `index` on; what was on its way to disk of them no longer counts as held. */
export function truncateLog(step: Step, index: Index): void {
  const { log, durability } = step.state;
  logs.truncateFrom(log, index);
  record(step, { kind: 'truncateFrom', index });
  durability.durableIndex = Math.min(durability.durableIndex, index - 1);
  for (const unstable of durability.unstable) unstable.lastIndex = Math.min(unstable.lastIndex, index - 1);
  if (rollBackTo(step.state, index)) {
    note(step, 'configuration-rolled-back', { voters: votersOf(step.state.configuration).join(' ') });
  }
}

/** Takes note of a write that is durable, and with it all before it. */
export function markDurable(state: RaftState, write: WriteId): void {
  const { durability } = state;
  durability.durableWrite = write;
  let done = 0;
  for (const unstable of durability.unstable) {
    if (unstable.write > write) break;
    durability.durableIndex = Math.max(durability.durableIndex, unstable.lastIndex);
    done += 1;
  }
  durability.unstable.splice(0, done);
}

/**
 * Gives the store what has been committed, in order (section 5.3: lastApplied). Not while a snapshot is being installed:
 * it replaces the store, and what was applied meanwhile would be lost with it.
 */
export function handCommitted(step: Step): void {
  const { state } = step;
  if (state.installing !== null || state.commitIndex <= state.handedIndex) return;
  const entries = [];
  for (let index = state.handedIndex + 1; index <= state.commitIndex; index++) {
    const entry = logs.entryAt(state.log, index);
    entries.push({ index, reign: entry.term, command: entry.kind === 'command' ? entry.command : null });
  }
  state.handedIndex = state.commitIndex;
  step.effects.push({ type: 'commit', entries });
}
