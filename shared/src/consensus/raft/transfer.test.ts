import { describe, expect, it } from 'vitest';
import type { Reign } from '../../core/index.js';
import type { RaftMessage } from './messages.js';
import type { RaftState } from './state.js';
import {
  deliver,
  type Flight,
  lead,
  nowMs,
  persisted,
  sent,
  server,
  TestCluster,
  timeout,
} from './testing/index.js';

const transfer = (request: number, to: string): RaftMessage => ({
  type: 'controlRequest',
  client: 'z',
  hops: 0,
  configuration: { term: 0, index: 0 },
  request,
  action: { kind: 'transferLeadership', to },
});
const write = (request: number): RaftMessage => ({
  type: 'clientRequests',
  client: 'z',
  hops: 0,
  configuration: { term: 0, index: 0 },
  requests: [{ request, mode: 'write', body: new Uint8Array(8) }],
});
const accepted = (matchIndex: number, term: Reign): RaftMessage => ({
  type: 'appendEntriesResponse',
  success: true,
  term,
  matchIndex,
  round: 0,
});
const timeoutNow = (term: Reign): RaftMessage => ({ type: 'timeoutNow', term });

/** Server `a` leads b and c in term 1; they have not answered yet. */
const leading = (options = {}): RaftState => lead(server({ voters: ['a', 'b', 'c'] }, options));
const done = (request: number) => ({ request, status: 'ok', result: new Uint8Array() });

describe('leadership transfer (dissertation 3.10)', () => {
  it('the target leads the next term, at once and without a pre-vote, and who asked is told so', () => {
    const cluster = new TestCluster(3);
    cluster.elect('s1');
    const { currentTerm } = cluster.state('s1');
    const request = cluster.transfer('s1', 's3');
    cluster.settle(({ message }) => message.type !== 'requestPreVote');
    expect(cluster.leader()).toBe('s3');
    expect(cluster.state('s3').currentTerm).toBe(currentTerm + 1);
    expect(cluster.answers).toContainEqual({ request, status: 'retry' });
    const again = cluster.transfer('s1', 's3');
    cluster.settle();
    expect(cluster.answers).toContainEqual(done(again));
  });

  it('"the leader fully updates the target server’s log" before it says TimeoutNow', () => {
    const state = leading();
    const effects = deliver(state, 'z', transfer(7, 'b'));
    expect(sent(effects)).not.toContainEqual({ to: 'b', message: timeoutNow(1) });
    expect(sent(deliver(state, 'c', accepted(1, 1)))).not.toContainEqual({ to: 'b', message: timeoutNow(1) });
    expect(sent(deliver(state, 'b', accepted(1, 1)))).toContainEqual({ to: 'b', message: timeoutNow(1) });
  });

  it('"the prior leader stops accepting new client requests": they are told to come again, and nothing is dropped', () => {
    const cluster = new TestCluster(3);
    cluster.elect('s1');
    cluster.transfer('s1', 's2');
    const [request] = cluster.propose('s1', 'x');
    expect(cluster.answers).toContainEqual({ request, status: 'busy' });
    cluster.settle();
    cluster.propose('s2', 'x');
    cluster.settle();
    expect(cluster.state('s2').commitIndex).toBe(cluster.state('s2').log.entries.length);
  });

  it('the target’s request for votes is heard by those who hear the leader, for the leader asked for it', () => {
    const cluster = new TestCluster(3);
    cluster.elect('s1');
    const asked: RaftMessage[] = [];
    cluster.transfer('s1', 's2');
    cluster.settle(({ message }) => {
      if (message.type === 'requestVote') asked.push(message);
      return true;
    });
    expect(asked).toMatchObject([{ leadershipTransfer: true }, { leadershipTransfer: true }]);
    expect(cluster.leader()).toBe('s2');
  });

  it('is given up after an election timeout, and the cluster goes on', () => {
    const cluster = new TestCluster(3);
    cluster.elect('s1');
    const request = cluster.transfer('s1', 's2');
    const silent = ({ from, to }: Flight): boolean => from !== 's2' && to !== 's2';
    cluster.pass(cluster.options.electionTimeoutMaxMs + cluster.options.heartbeatMs, silent);
    expect(cluster.answers).toContainEqual({ request, status: 'refused', reason: 'not-transferred' });
    const [next] = cluster.propose('s1', 'x');
    cluster.settle(silent);
    expect(cluster.answers).toContainEqual(expect.objectContaining({ request: next, status: 'ok' }));
  });

  it('TimeoutNow that is lost is said again', () => {
    const cluster = new TestCluster(3);
    cluster.elect('s1');
    cluster.transfer('s1', 's2');
    let lost = 0;
    cluster.pass(200, ({ message }) => message.type !== 'timeoutNow' || lost++ > 0);
    expect(cluster.leader()).toBe('s2');
  });

  it('a late TimeoutNow of an earlier term starts nothing', () => {
    const state = server({ currentTerm: 3 });
    expect(deliver(state, 'b', timeoutNow(2))).toEqual([]);
    expect(state.role.name).toBe('follower');
  });

  it('to itself it is done already, to who has no vote it is refused, and one at a time', () => {
    const state = leading();
    const answer = (effects: ReturnType<typeof deliver>) =>
      sent(effects).flatMap(({ message }) => (message.type === 'clientResponses' ? message.responses : []));
    expect(answer(deliver(state, 'z', transfer(1, 'a')))).toEqual([done(1)]);
    expect(answer(deliver(state, 'z', transfer(2, 'nobody')))).toEqual([
      { request: 2, status: 'refused', reason: 'bad-voters' },
    ]);
    expect(answer(deliver(state, 'z', transfer(3, 'b')))).toEqual([]);
    expect(answer(deliver(state, 'z', transfer(4, 'c')))).toEqual([
      { request: 4, status: 'refused', reason: 'another-under-way' },
    ]);
    expect(answer(deliver(state, 'z', transfer(5, 'b')))).toEqual([]);
  });

  it('no configuration is entered while leadership is on its way', () => {
    const state = leading();
    deliver(state, 'z', transfer(1, 'b'));
    const voters = ['a', 'b'];
    const about = { client: 'z', hops: 0, configuration: { term: 0, index: 0 } };
    const action = { kind: 'reconfigure' as const, voters };
    const effects = deliver(state, 'z', { type: 'controlRequest', ...about, request: 2, action });
    expect(sent(effects)).toMatchObject([{ message: { responses: [{ request: 2, status: 'busy' }] } }]);
    deliver(state, 'c', accepted(1, 1));
    expect(state.configuration.incoming).toBeNull();
  });

  it('a leader that gave up a transfer takes writes again', () => {
    const state = leading();
    deliver(state, 'z', transfer(1, 'b'));
    deliver(state, 'c', accepted(1, 1), nowMs + 140);
    timeout(state, 'heartbeat', nowMs + 150);
    persisted(state, state.durability.lastWrite);
    deliver(state, 'z', write(2));
    expect(state.log.entries).toHaveLength(2);
  });
});
