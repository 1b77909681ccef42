import {
  clientInstance,
  type DiskOp,
  type Effect,
  type NodeId,
  type Signed,
  serverInstance,
  type WriteId,
} from '../../core/index.js';
import { primaryOf } from './certificates.js';
import type { PbftMessage, ReadReplyMessage, ReplyMessage } from './messages.js';
import type { PbftState } from './state.js';

/** One step under way: the state it changes, when it happens, and the effects so far. */
export type Step = {
  readonly state: PbftState;
  readonly now: number;
  readonly effects: Effect<PbftMessage>[];
  /** The operations of this step's write, once it has one: all of a step goes to disk in one atomic batch. */
  ops: DiskOp[] | null;
};

/** Runs for a request, or for a new view. */
export const viewTimer = 'view';
export const statusTimer = 'status';
export const fetchTimer = 'fetch';

/** Keys on disk. Those of slots are used again once the low watermark has passed. */
export const viewKey = 'view';
export const newViewKey = 'newView';
export const stableKey = 'stable';
export type SlotKey = 'accepted' | 'prepared' | 'batch';
export function slotKey(state: PbftState, what: SlotKey, sequence: number): string {
  return `${what}/${sequence % state.options.window}`;
}

/** A statement of this replica; its host signs it on the way out. */
export function statementOf<Body>(state: PbftState, statement: string, body: Body): Signed<Body> {
  return { signer: state.self, instance: serverInstance, statement, body, signature: null };
}

/** Sends; once `after` is durable, where the message promises it. */
export function send(step: Step, to: NodeId, message: PbftMessage, after: WriteId = 0): void {
  const waits = after > step.state.durability.durableWrite;
  step.effects.push(waits ? { type: 'send', to, message, after } : { type: 'send', to, message });
}

export function sendToClient(step: Step, to: NodeId, message: ReplyMessage | ReadReplyMessage): void {
  step.effects.push({ type: 'send', to, instance: clientInstance, message });
}

/** To all other replicas; once `after` is durable, where the message promises it. */
export function broadcast(step: Step, message: PbftMessage, after: WriteId = 0): void {
  const { self, group } = step.state;
  for (const to of group.replicas) if (to !== self) send(step, to, message, after);
}

export function note(
  step: Step,
  code: string,
  data: { readonly [key: string]: string | number | boolean | null },
): void {
  step.effects.push({ type: 'note', code, data });
}

/** Writes which view this replica is in, or waits for: what it says of it waits for that. Answers with the write's id. */
export function recordView(step: Step): WriteId {
  const { view, isActive, begun, durability } = step.state;
  record(step, newViewKey, begun);
  durability.viewWrite = record(step, viewKey, { view, isActive });
  return durability.viewWrite;
}

/** Adds to this step's write. Answers with its id. */
export function record(step: Step, key: string, value: unknown): WriteId {
  const { durability } = step.state;
  if (step.ops === null) {
    step.ops = [];
    durability.lastWrite += 1;
    step.effects.push({ type: 'persist', write: durability.lastWrite, ops: step.ops });
  }
  const op: DiskOp = { kind: 'set', key, value };
  const earlier = step.ops.findIndex((other) => other.kind === 'set' && other.key === key);
  if (earlier >= 0) step.ops[earlier] = op;
  else step.ops.push(op);
  return durability.lastWrite;
}

export function isPrimary(state: PbftState): boolean {
  return primaryOf(state.group, state.view) === state.self;
}

export function isReplica(state: PbftState, node: NodeId): boolean {
  return state.group.replicas.includes(node);
}
