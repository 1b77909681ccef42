import { runnableProtocols } from '@quorate/shared/registry';

/** A message's shape says its kind: what carries entries, what asks for votes, what carries a snapshot. */
export type Shape = 'entries' | 'ask' | 'snapshot' | 'request';

/** Kinds by the names that their papers give them; all others are drawn as `entries`. */
const shapes: { readonly [kind: string]: Shape } = {
  RequestPreVote: 'ask',
  RequestPreVoteResponse: 'ask',
  RequestVote: 'ask',
  RequestVoteResponse: 'ask',
  InstallSnapshot: 'snapshot',
  InstallSnapshotResponse: 'snapshot',
  ClientRequests: 'request',
  ClientResponses: 'request',
};

export function shapeOf(kind: string): Shape {
  return shapes[kind] ?? 'entries';
}

/** Protocols that the lobby offers. */
export const offered = runnableProtocols();
