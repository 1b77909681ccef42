import { protocolNames } from '@quorate/shared/core';

/** A message's shape says its kind: what carries entries, what asks for votes, what carries a snapshot. */
export type Shape = 'entries' | 'ask' | 'snapshot' | 'request';

/** Kinds by the names that their papers give them; all others are drawn as `entries`. */
const shapes: { readonly [kind: string]: Shape } = {
  RequestVote: 'ask',
  RequestPreVote: 'ask',
  PreVote: 'ask',
  InstallSnapshot: 'snapshot',
  ClientRequest: 'request',
  ClientQuery: 'request',
  ClientReply: 'request',
};

export function shapeOf(kind: string): Shape {
  const known = shapes[kind];
  if (known !== undefined) return known;
  if (/vote/i.test(kind)) return 'ask';
  if (/snapshot/i.test(kind)) return 'snapshot';
  return /client|propose|forward|redirect|read/i.test(kind) ? 'request' : 'entries';
}

/** Protocols that the lobby offers. */
export const offered = protocolNames.filter((name) => name === 'raft');
export type Offered = 'raft';
