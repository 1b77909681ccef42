import * as v from 'valibot';
import type { Index, MessageInfo, NodeId, Reign } from '../../core/index.js';
import type { Configuration } from './configuration.js';
import type { LogEntry } from './log.js';

/** The sender's name comes with every message, authenticated by the host: candidateId and leaderId need no field. */

/** "Could I win an election in term + 1?" Changes nothing at the receiver (dissertation 9.6). */
export type RequestPreVote = {
  readonly type: 'requestPreVote';
  readonly term: Reign;
  readonly lastLogIndex: Index;
  readonly lastLogTerm: Reign;
};
/** `requestTerm` is the asker's term, which tells late answers from new ones; `term` is the answerer's. */
export type RequestPreVoteResponse = {
  readonly type: 'requestPreVoteResponse';
  readonly term: Reign;
  readonly requestTerm: Reign;
  readonly voteGranted: boolean;
};
export type RequestVote = {
  readonly type: 'requestVote';
  readonly term: Reign;
  readonly lastLogIndex: Index;
  readonly lastLogTerm: Reign;
};
export type RequestVoteResponse = {
  readonly type: 'requestVoteResponse';
  readonly term: Reign;
  readonly voteGranted: boolean;
};
/** `round` counts the leader's ReadIndex rounds; its echo proves that the sender still led when the round began. */
export type AppendEntries = {
  readonly type: 'appendEntries';
  readonly term: Reign;
  readonly prevLogIndex: Index;
  readonly prevLogTerm: Reign;
  readonly entries: readonly LogEntry[];
  readonly leaderCommit: Index;
  readonly round: number;
};
export type AppendEntriesAccepted = {
  readonly type: 'appendEntriesResponse';
  readonly success: true;
  readonly term: Reign;
  /** The follower holds the leader's log up to here, durably. */
  readonly matchIndex: Index;
  readonly round: number;
};
export type AppendEntriesRejected = {
  readonly type: 'appendEntriesResponse';
  readonly success: false;
  readonly term: Reign;
  /** Of the message it answers. */
  readonly prevLogIndex: Index;
  /** The term at prevLogIndex, null where the log ends before, and where the leader should look next. */
  readonly conflictTerm: Reign | null;
  readonly conflictIndex: Index;
  readonly round: number;
};
export type AppendEntriesResponse = AppendEntriesAccepted | AppendEntriesRejected;
/** The host moves the snapshot itself; this arrives when all of it is there. */
export type InstallSnapshot = {
  readonly type: 'installSnapshot';
  readonly term: Reign;
  readonly lastIncludedIndex: Index;
  readonly lastIncludedTerm: Reign;
  readonly configuration: Configuration;
};
export type InstallSnapshotResponse = {
  readonly type: 'installSnapshotResponse';
  readonly term: Reign;
  readonly matchIndex: Index;
};

/** A write is an envelope of the store's sessions, a read an operation to look at the store with. */
export type ClientRequest = {
  readonly request: number;
  readonly mode: 'write' | 'read';
  readonly body: Uint8Array;
};
/** Requests of one client, made in one go. `hops` counts the servers that have passed them on. */
export type ClientRequests = {
  readonly type: 'clientRequests';
  readonly client: NodeId;
  readonly hops: number;
  readonly requests: readonly ClientRequest[];
};
/** `retry`: not taken, or its fate is unknown; the same request may be sent again. `busy`: the same, and not at once. */
export type ClientResponse =
  | { readonly request: number; readonly status: 'ok'; readonly result: Uint8Array }
  | { readonly request: number; readonly status: 'retry' | 'busy' };
export type ClientResponses = {
  readonly type: 'clientResponses';
  readonly leader: NodeId | null;
  readonly responses: readonly ClientResponse[];
};

/** What servers say to each other; all but the pre-vote fall under the rules for terms. */
export type ServerMessage =
  | RequestPreVote
  | RequestPreVoteResponse
  | RequestVote
  | RequestVoteResponse
  | AppendEntries
  | AppendEntriesResponse
  | InstallSnapshot
  | InstallSnapshotResponse;
export type RaftMessage = ServerMessage | ClientRequests | ClientResponses;

/** Requests or answers in one message. */
export const requestsPerMessageMax = 512;
/** Bytes of commands or results in one message, unless a single one is larger: far below what a frame may carry. */
export const requestBytesPerMessageMax = 128 * 1024;
/** How often a request may be passed on: to whom the first server believes to lead, and once more if that has changed. */
export const hopsMax = 2;
const entriesMax = 4_096;
const votersMax = 9;
const idLengthMax = 64;
/** The largest command that options allow, in the store's envelope. */
const bodyBytesMax = 257 * 1024;

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const nodeId = v.pipe(v.string(), v.minLength(1), v.maxLength(idLengthMax));
const bytes = v.instance(Uint8Array);
const body = v.pipe(
  bytes,
  v.check((value) => value.length <= bodyBytesMax, 'a command is too large'),
);

export const configurationSchema = v.strictObject({
  voters: v.pipe(v.array(nodeId), v.minLength(1), v.maxLength(votersMax)),
});

export const logEntrySchema = v.variant('kind', [
  v.strictObject({ term: whole, kind: v.literal('command'), command: body }),
  v.strictObject({ term: whole, kind: v.literal('noop') }),
]);

const lastLog = { term: whole, lastLogIndex: whole, lastLogTerm: whole };

const schemas = {
  requestPreVote: v.strictObject({ type: v.literal('requestPreVote'), ...lastLog }),
  requestPreVoteResponse: v.strictObject({
    type: v.literal('requestPreVoteResponse'),
    term: whole,
    requestTerm: whole,
    voteGranted: v.boolean(),
  }),
  requestVote: v.strictObject({ type: v.literal('requestVote'), ...lastLog }),
  requestVoteResponse: v.strictObject({
    type: v.literal('requestVoteResponse'),
    term: whole,
    voteGranted: v.boolean(),
  }),
  appendEntries: v.strictObject({
    type: v.literal('appendEntries'),
    term: whole,
    prevLogIndex: whole,
    prevLogTerm: whole,
    entries: v.pipe(v.array(logEntrySchema), v.maxLength(entriesMax)),
    leaderCommit: whole,
    round: whole,
  }),
  appendEntriesResponse: v.variant('success', [
    v.strictObject({
      type: v.literal('appendEntriesResponse'),
      success: v.literal(true),
      term: whole,
      matchIndex: whole,
      round: whole,
    }),
    v.strictObject({
      type: v.literal('appendEntriesResponse'),
      success: v.literal(false),
      term: whole,
      prevLogIndex: whole,
      conflictTerm: v.nullable(whole),
      conflictIndex: whole,
      round: whole,
    }),
  ]),
  installSnapshot: v.strictObject({
    type: v.literal('installSnapshot'),
    term: whole,
    lastIncludedIndex: whole,
    lastIncludedTerm: whole,
    configuration: configurationSchema,
  }),
  installSnapshotResponse: v.strictObject({
    type: v.literal('installSnapshotResponse'),
    term: whole,
    matchIndex: whole,
  }),
  clientRequests: v.strictObject({
    type: v.literal('clientRequests'),
    client: nodeId,
    hops: v.pipe(whole, v.maxValue(hopsMax)),
    requests: v.pipe(
      v.array(v.strictObject({ request: whole, mode: v.picklist(['write', 'read']), body })),
      v.minLength(1),
      v.maxLength(requestsPerMessageMax),
    ),
  }),
  clientResponses: v.strictObject({
    type: v.literal('clientResponses'),
    leader: v.nullable(nodeId),
    responses: v.pipe(
      v.array(
        v.variant('status', [
          v.strictObject({ request: whole, status: v.literal('ok'), result: bytes }),
          v.strictObject({ request: whole, status: v.picklist(['retry', 'busy']) }),
        ]),
      ),
      v.minLength(1),
      v.maxLength(requestsPerMessageMax),
    ),
  }),
} satisfies { readonly [type in RaftMessage['type']]: v.GenericSchema<unknown, RaftMessage> };

/** A frame's body that is no message of Raft's. */
export class MessageError extends Error {
  override readonly name = 'MessageError';
}

/** Checks a decoded frame's body. Throws `MessageError` with the reason when it is no message of Raft's. */
export function parseMessage(given: unknown): RaftMessage {
  const type = typeof given === 'object' && given !== null && 'type' in given ? given.type : undefined;
  if (typeof type !== 'string' || !isMessageType(type)) {
    throw new MessageError(`a message of Raft has a type it knows, not ${String(type)}`);
  }
  const parsed = v.safeParse<v.GenericSchema<unknown, RaftMessage>>(schemas[type], given, {
    abortEarly: true,
  });
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new MessageError(`${type}.${v.getDotPath(issue) ?? ''}: ${issue.message}`);
}

function isMessageType(type: string): type is RaftMessage['type'] {
  return Object.hasOwn(schemas, type);
}

/** What the screen shows of a message. */
export function describe(message: RaftMessage): MessageInfo {
  const { type } = message;
  const kind = type.charAt(0).toUpperCase() + type.slice(1);
  switch (message.type) {
    case 'requestPreVote':
    case 'requestVote': {
      const { lastLogIndex, lastLogTerm } = message;
      return { kind, reign: message.term, entries: 0, summary: { lastLogIndex, lastLogTerm } };
    }
    case 'requestPreVoteResponse':
    case 'requestVoteResponse':
      return {
        kind,
        reign: message.term,
        entries: 0,
        answer: message.voteGranted ? 'yes' : 'no',
        summary: {},
      };
    case 'appendEntries': {
      const { prevLogIndex, prevLogTerm, leaderCommit } = message;
      const summary = { prevLogIndex, prevLogTerm, leaderCommit };
      return { kind, reign: message.term, entries: message.entries.length, summary };
    }
    case 'appendEntriesResponse': {
      if (message.success) {
        const { matchIndex } = message;
        return { kind, reign: message.term, entries: 0, answer: 'yes', summary: { matchIndex } };
      }
      const { conflictTerm, conflictIndex } = message;
      return {
        kind,
        reign: message.term,
        entries: 0,
        answer: 'no',
        summary: { conflictTerm, conflictIndex },
      };
    }
    case 'installSnapshot': {
      const { lastIncludedIndex, lastIncludedTerm } = message;
      return { kind, reign: message.term, entries: 0, summary: { lastIncludedIndex, lastIncludedTerm } };
    }
    case 'installSnapshotResponse':
      return { kind, reign: message.term, entries: 0, summary: { matchIndex: message.matchIndex } };
    case 'clientRequests': {
      const { hops, requests } = message;
      return { kind, reign: 0, entries: requests.length, summary: { requests: requests.length, hops } };
    }
    case 'clientResponses': {
      const ok = message.responses.filter(({ status }) => status === 'ok').length;
      const summary = { ok, others: message.responses.length - ok, leader: message.leader };
      return { kind, reign: 0, entries: 0, answer: ok > 0 ? 'yes' : 'no', summary };
    }
  }
}
