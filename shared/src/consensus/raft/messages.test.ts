import { describe, expect, it } from 'vitest';
import { decodeValue, encodeValue } from '../../wire/index.js';
import { describe as describeMessage, parseMessage, type RaftMessage } from './messages.js';
import { defaultOptions, parseOptions } from './options.js';
import { raft } from './protocol.js';
import { command } from './testing/index.js';

const messages: readonly RaftMessage[] = [
  { type: 'requestPreVote', term: 1, lastLogIndex: 2, lastLogTerm: 1 },
  { type: 'requestPreVoteResponse', term: 1, requestTerm: 1, voteGranted: true },
  { type: 'requestVote', term: 2, lastLogIndex: 2, lastLogTerm: 1, leadershipTransfer: false },
  { type: 'requestVoteResponse', term: 2, voteGranted: false },
  {
    type: 'appendEntries',
    term: 2,
    prevLogIndex: 2,
    prevLogTerm: 1,
    entries: [
      { term: 2, kind: 'noop' },
      command(2),
      { term: 2, kind: 'configuration', configuration: { voters: ['a'], incoming: null, learners: [] } },
    ],
    leaderCommit: 1,
    round: 4,
  },
  { type: 'appendEntriesResponse', success: true, term: 2, matchIndex: 4, round: 4 },
  {
    type: 'appendEntriesResponse',
    success: false,
    term: 2,
    prevLogIndex: 2,
    conflictTerm: null,
    conflictIndex: 1,
    round: 4,
  },
  {
    type: 'installSnapshot',
    term: 2,
    lastIncludedIndex: 9,
    lastIncludedTerm: 2,
    configuration: {
      term: 1,
      index: 7,
      configuration: { voters: ['a', 'b'], incoming: ['b', 'c'], learners: ['d'] },
    },
  },
  { type: 'installSnapshotResponse', term: 2, matchIndex: 9 },
  {
    type: 'clientRequests',
    client: 'z',
    hops: 1,
    configuration: { term: 1, index: 7 },
    requests: [{ request: 1, mode: 'write', body: Uint8Array.of(1) }],
  },
  {
    type: 'clientResponses',
    leader: 'a',
    responses: [
      { request: 1, status: 'ok', result: Uint8Array.of(2) },
      { request: 2, status: 'retry' },
      { request: 3, status: 'refused', reason: 'another-under-way' },
    ],
  },
  { type: 'timeoutNow', term: 2 },
  {
    type: 'controlRequest',
    client: 'z',
    hops: 0,
    configuration: { term: 1, index: 7 },
    request: 4,
    action: { kind: 'reconfigure', voters: ['b', 'c'] },
  },
  {
    type: 'controlRequest',
    client: 'z',
    hops: 1,
    configuration: { term: 1, index: 7 },
    request: 5,
    action: { kind: 'transferLeadership', to: 'b' },
  },
  { type: 'clusterServers', configuration: { term: 1, index: 7 }, servers: ['a', 'b', 'c'] },
];

describe('messages', () => {
  it.each(messages.map((message) => [message.type, message] as const))(
    '%s passes the wire unchanged',
    (_type, message) => {
      expect(parseMessage(decodeValue(encodeValue(message)))).toEqual(message);
    },
  );

  it.each([
    ['nothing', null],
    ['a type it does not know', { type: 'appendLog', term: 1 }],
    ['a name of every object', { type: 'constructor' }],
    ['a field missing', { type: 'requestVote', term: 1, lastLogIndex: 1 }],
    ['a voter named twice', { ...messages[12], action: { kind: 'reconfigure', voters: ['a', 'a'] } }],
    ['no voters', { ...messages[12], action: { kind: 'reconfigure', voters: [] } }],
    ['a field too many', { ...messages[2], candidateId: 'b' }],
    ['a negative term', { ...messages[2], term: -1 }],
    ['a fraction', { ...messages[2], term: 1.5 }],
    ['a match index on a rejection', { ...messages[6], matchIndex: 3 }],
    ['an entry of another kind', { ...messages[4], entries: [{ term: 1, kind: 'strange' }] }],
    ['too many entries', { ...messages[4], entries: Array.from({ length: 4_097 }, () => command(1)) }],
    [
      'a command too large',
      { ...messages[4], entries: [{ term: 1, kind: 'command', command: new Uint8Array(300_000) }] },
    ],
    ['no requests at all', { ...messages[9], requests: [] }],
    ['too many hops', { ...messages[9], hops: 3 }],
  ])('%s is refused with the reason', (_what, body) => {
    expect(() => parseMessage(body)).toThrow(expect.objectContaining({ name: 'MessageError' }));
  });

  it('are described under the paper’s names', () => {
    expect(messages.map((message) => describeMessage(message).kind)).toEqual([
      'RequestPreVote',
      'RequestPreVoteResponse',
      'RequestVote',
      'RequestVoteResponse',
      'AppendEntries',
      'AppendEntriesResponse',
      'AppendEntriesResponse',
      'InstallSnapshot',
      'InstallSnapshotResponse',
      'ClientRequests',
      'ClientResponses',
      'TimeoutNow',
      'ControlRequest',
      'ControlRequest',
      'ClusterServers',
    ]);
    expect(messages.map((message) => describeMessage(message).answer)).toEqual([
      undefined,
      'yes',
      undefined,
      'no',
      undefined,
      'yes',
      'no',
      undefined,
      undefined,
      undefined,
      'yes',
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(messages.map((message) => describeMessage(message).entries)).toEqual([
      0, 0, 0, 0, 3, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0,
    ]);
  });

  it('carry no statements that would have to be signed', () => {
    for (const message of messages) expect(raft.signedParts(message)).toEqual([]);
  });
});

describe('options', () => {
  it('fills in defaults, for nothing given and for a part', () => {
    expect(parseOptions(undefined)).toEqual(defaultOptions);
    expect(parseOptions({ heartbeatMs: 20 })).toEqual({ ...defaultOptions, heartbeatMs: 20 });
  });

  it.each([
    [{ heartBeat: 1 }, /has no option "heartBeat"/],
    [{ heartbeatMs: '50' }, /heartbeatMs must be a whole number from 1/],
    [{ heartbeatMs: 1.5 }, /heartbeatMs must be a whole number/],
    [{ electionTimeoutMaxMs: 9_000_000 }, /electionTimeoutMaxMs must be a whole number from 10 to 600000/],
    [{ electionTimeoutMinMs: 301 }, /electionTimeoutMinMs must not be above electionTimeoutMaxMs/],
    [{ heartbeatMs: 150 }, /heartbeatMs must be below electionTimeoutMinMs/],
    [{ retryMinMs: 3_000 }, /retryMinMs must not be above retryMaxMs/],
    [{ preVote: 1 }, /preVote must be true or false/],
    [[], /Options must be an object/],
  ])('%j is refused, and it says what to do', (given, message) => {
    expect(() => parseOptions(given)).toThrow(message);
    expect(() => parseOptions(given)).toThrow(expect.objectContaining({ name: 'OptionsError' }));
  });
});
