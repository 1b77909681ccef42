import * as v from 'valibot';
import type { ControlAction, Index, MessageInfo, NodeId, Reign } from '../../core/index.js';
import { type ConfigurationAt, type ConfigurationId, votersMax } from './configuration.js';
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
/** `leadershipTransfer`: the leader itself asked for this election, so having heard it is no reason to refuse (4.2.3). */
export type RequestVote = {
  readonly type: 'requestVote';
  readonly term: Reign;
  readonly lastLogIndex: Index;
  readonly lastLogTerm: Reign;
  readonly leadershipTransfer: boolean;
};
export type RequestVoteResponse = {
  readonly type: 'requestVoteResponse';
  readonly term: Reign;
  readonly voteGranted: boolean;
};
/** The leader wants its receiver to lead, and to start an election at once (dissertation 3.10). */
export type TimeoutNow = { readonly type: 'timeoutNow'; readonly term: Reign };
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
  /** In force at lastIncludedIndex. */
  readonly configuration: ConfigurationAt;
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
/**
 * Requests of one client, made in one go. `hops` counts the servers that have passed them on; `configuration` is the
 * newest that the client knows.
 */
export type ClientRequests = {
  readonly type: 'clientRequests';
  readonly client: NodeId;
  readonly hops: number;
  readonly configuration: ConfigurationId;
  readonly requests: readonly ClientRequest[];
};
/** What an administrator asks of the leader; answered like a client's request. */
export type ControlRequest = {
  readonly type: 'controlRequest';
  readonly client: NodeId;
  readonly hops: number;
  readonly configuration: ConfigurationId;
  readonly request: number;
  readonly action: ControlAction;
};
/** Why an administrator's request came to nothing. */
export const controlRefusals = [
  'another-under-way',
  'bad-voters',
  'not-caught-up',
  'not-transferred',
] as const;
export type ControlRefusal = (typeof controlRefusals)[number];
/** `retry`: not taken, or its fate is unknown; the same request may be sent again. `busy`: the same, and not at once. */
export type ClientResponse =
  | { readonly request: number; readonly status: 'ok'; readonly result: Uint8Array }
  | { readonly request: number; readonly status: 'retry' | 'busy' }
  | { readonly request: number; readonly status: 'refused'; readonly reason: ControlRefusal };
export type ClientResponses = {
  readonly type: 'clientResponses';
  readonly leader: NodeId | null;
  readonly responses: readonly ClientResponse[];
};

/** To a client that knows an older configuration: who serves now, so that it knows whose answers to believe. */
export type ClusterServers = {
  readonly type: 'clusterServers';
  readonly configuration: ConfigurationId;
  readonly servers: readonly NodeId[];
};

/** What servers say to each other; all but the pre-vote fall under the rules for terms. */
export type ServerMessage =
  | RequestPreVote
  | RequestPreVoteResponse
  | RequestVote
  | RequestVoteResponse
  | TimeoutNow
  | AppendEntries
  | AppendEntriesResponse
  | InstallSnapshot
  | InstallSnapshotResponse;
export type RaftMessage = ServerMessage | ClientRequests | ControlRequest | ClientResponses | ClusterServers;

/** Requests or answers in one message. */
export const requestsPerMessageMax = 512;
/** Bytes of commands or results in one message, unless a single one is larger: far below what a frame may carry. */
export const requestBytesPerMessageMax = 128 * 1024;
/** How often a request may be passed on: to whom the first server believes to lead, and once more if that has changed. */
export const hopsMax = 2;
const entriesMax = 4_096;
/** Of a node's id. */
export const idLengthMax = 64;
/** The largest command that options allow, in the store's envelope. */
const bodyBytesMax = 257 * 1024;

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const nodeId = v.pipe(v.string(), v.minLength(1), v.maxLength(idLengthMax));
const bytes = v.instance(Uint8Array);
const body = v.pipe(
  bytes,
  v.check((value) => value.length <= bodyBytesMax, 'a command is too large'),
);

const nodes = v.pipe(
  v.array(nodeId),
  v.maxLength(votersMax),
  v.check((ids) => new Set(ids).size === ids.length, 'a node is named twice'),
);
const voters = v.pipe(nodes, v.minLength(1));

export const configurationSchema = v.strictObject({
  voters,
  incoming: v.nullable(voters),
  learners: nodes,
});

const configurationId = { term: whole, index: whole };
const configurationIdSchema = v.strictObject(configurationId);
export const configurationAtSchema = v.strictObject({
  ...configurationId,
  configuration: configurationSchema,
});

const actionSchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('reconfigure'), voters }),
  v.strictObject({ kind: v.literal('transferLeadership'), to: nodeId }),
]);

export const logEntrySchema = v.variant('kind', [
  v.strictObject({ term: whole, kind: v.literal('command'), command: body }),
  v.strictObject({ term: whole, kind: v.literal('noop') }),
  v.strictObject({ term: whole, kind: v.literal('configuration'), configuration: configurationSchema }),
]);

const hops = v.pipe(whole, v.maxValue(hopsMax));
const lastLog = { term: whole, lastLogIndex: whole, lastLogTerm: whole };

const schemas = {
  requestPreVote: v.strictObject({ type: v.literal('requestPreVote'), ...lastLog }),
  requestPreVoteResponse: v.strictObject({
    type: v.literal('requestPreVoteResponse'),
    term: whole,
    requestTerm: whole,
    voteGranted: v.boolean(),
  }),
  requestVote: v.strictObject({
    type: v.literal('requestVote'),
    ...lastLog,
    leadershipTransfer: v.boolean(),
  }),
  requestVoteResponse: v.strictObject({
    type: v.literal('requestVoteResponse'),
    term: whole,
    voteGranted: v.boolean(),
  }),
  timeoutNow: v.strictObject({ type: v.literal('timeoutNow'), term: whole }),
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
    configuration: configurationAtSchema,
  }),
  installSnapshotResponse: v.strictObject({
    type: v.literal('installSnapshotResponse'),
    term: whole,
    matchIndex: whole,
  }),
  clientRequests: v.strictObject({
    type: v.literal('clientRequests'),
    client: nodeId,
    hops,
    configuration: configurationIdSchema,
    requests: v.pipe(
      v.array(v.strictObject({ request: whole, mode: v.picklist(['write', 'read']), body })),
      v.minLength(1),
      v.maxLength(requestsPerMessageMax),
    ),
  }),
  controlRequest: v.strictObject({
    type: v.literal('controlRequest'),
    client: nodeId,
    hops,
    configuration: configurationIdSchema,
    request: whole,
    action: actionSchema,
  }),
  clusterServers: v.strictObject({
    type: v.literal('clusterServers'),
    configuration: configurationIdSchema,
    servers: v.pipe(v.array(nodeId), v.minLength(1), v.maxLength(2 * votersMax)),
  }),
  clientResponses: v.strictObject({
    type: v.literal('clientResponses'),
    leader: v.nullable(nodeId),
    responses: v.pipe(
      v.array(
        v.variant('status', [
          v.strictObject({ request: whole, status: v.literal('ok'), result: bytes }),
          v.strictObject({ request: whole, status: v.picklist(['retry', 'busy']) }),
          v.strictObject({
            request: whole,
            status: v.literal('refused'),
            reason: v.picklist(controlRefusals),
          }),
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
    case 'timeoutNow':
      return { kind, reign: message.term, entries: 0, summary: {} };
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
    case 'controlRequest': {
      const { action, hops } = message;
      const asked = action.kind === 'reconfigure' ? action.voters.join(' ') : action.to;
      return { kind, reign: 0, entries: 0, summary: { action: action.kind, asked, hops } };
    }
    case 'clusterServers': {
      const { configuration, servers } = message;
      const summary = { index: configuration.index, servers: servers.join(' ') };
      return { kind, reign: 0, entries: 0, summary };
    }
    case 'clientResponses': {
      const ok = message.responses.filter(({ status }) => status === 'ok').length;
      const summary = { ok, others: message.responses.length - ok, leader: message.leader };
      return { kind, reign: 0, entries: 0, answer: ok > 0 ? 'yes' : 'no', summary };
    }
  }
}
