import { describe, expect, it } from 'vitest';
import type { RaftState } from './state.js';
import {
  deliver,
  lead,
  nowMs,
  persisted,
  sent,
  server,
  step,
  TestCluster,
  timeout,
} from './testing/index.js';

const body = Uint8Array.of(1);
const reads = (...numbers: readonly number[]) =>
  ({
    type: 'clientRequests',
    client: 'z',
    hops: 0,
    configuration: { term: 0, index: 0 },
    requests: numbers.map((request) => ({ request, mode: 'read' as const, body })),
  }) as const;
const echo = (state: RaftState, from: string, round: number, matchIndex = 1) =>
  deliver(state, from, {
    type: 'appendEntriesResponse',
    success: true,
    term: state.currentTerm,
    matchIndex,
    round,
  });
const queries = (effects: ReturnType<typeof deliver>) => effects.filter(({ type }) => type === 'query');

/** Leads, with the entry of its own term committed. */
const established = () => {
  const state = lead(server());
  for (const from of ['b', 'c', 'd', 'e']) echo(state, from, 0);
  return state;
};

describe('ReadIndex (dissertation 6.4)', () => {
  it('a leader without a committed entry of its own term refuses reads: it holds them until it has one', () => {
    const state = lead(server({ currentTerm: 1, terms: [1] }));
    expect(deliver(state, 'z', reads(1))).toEqual([]);
    expect(queries(echo(state, 'b', 0, 2))).toEqual([]);
    const effects = echo(state, 'c', 0, 2);
    expect(state.commitIndex).toBe(2);
    expect(
      sent(effects).filter(({ message }) => message.type === 'appendEntries' && message.round === 1),
    ).toHaveLength(4);
    echo(state, 'b', 1, 2);
    expect(queries(echo(state, 'c', 1, 2))).toEqual([
      { type: 'query', query: 1, operation: body, atIndex: 2 },
    ]);
  });

  it('asks the store only after a quorum has confirmed that it still leads', () => {
    const state = established();
    expect(sent(deliver(state, 'z', reads(1))).map(({ to, message }) => [to, message.type])).toEqual(
      ['b', 'c', 'd', 'e'].map((to) => [to, 'appendEntries']),
    );
    expect(queries(echo(state, 'b', 1))).toEqual([]);
    expect(queries(echo(state, 'c', 1))).toHaveLength(1);
    const result = Uint8Array.of(7);
    expect(step(state, { type: 'queried', now: nowMs, query: 1, index: 1, result })).toEqual([
      {
        type: 'send',
        to: 'z',
        instance: 'client',
        message: { type: 'clientResponses', leader: 'a', responses: [{ request: 1, status: 'ok', result }] },
      },
    ]);
  });

  it('echoes of an earlier round confirm nothing', () => {
    const state = established();
    deliver(state, 'z', reads(1));
    for (const from of ['b', 'c', 'd', 'e']) expect(queries(echo(state, from, 0))).toEqual([]);
  });

  it('a rejection confirms as well: its sender takes this node for its leader', () => {
    const state = established();
    deliver(state, 'z', reads(1));
    echo(state, 'b', 1);
    const effects = deliver(state, 'c', {
      type: 'appendEntriesResponse',
      success: false,
      term: state.currentTerm,
      prevLogIndex: 1,
      conflictTerm: null,
      conflictIndex: 1,
      round: 1,
    });
    expect(queries(effects)).toHaveLength(1);
  });

  it('reads that come during a round share the next one', () => {
    const state = established();
    deliver(state, 'z', reads(1));
    expect(deliver(state, 'z', reads(2, 3))).toEqual([]);
    echo(state, 'b', 1);
    const effects = echo(state, 'c', 1);
    expect(queries(effects)).toHaveLength(1);
    expect(
      sent(effects).filter(({ message }) => message.type === 'appendEntries' && message.round === 2),
    ).toHaveLength(4);
    echo(state, 'b', 2);
    expect(queries(echo(state, 'd', 2))).toHaveLength(2);
  });

  it('a round whose messages were lost is confirmed by the next heartbeats', () => {
    const state = established();
    deliver(state, 'z', reads(1));
    const later = nowMs + state.options.heartbeatMs;
    const messages = sent(timeout(state, 'heartbeat', later)).map(({ message }) => message);
    expect(messages).toHaveLength(4);
    for (const message of messages) expect(message).toMatchObject({ type: 'appendEntries', round: 1 });
  });

  it('a voter alone answers at once', () => {
    const state = server({ voters: ['a'] });
    timeout(state, 'election');
    persisted(state, 1);
    persisted(state, 2);
    expect(queries(deliver(state, 'z', reads(1)))).toEqual([
      { type: 'query', query: 1, operation: body, atIndex: 1 },
    ]);
  });

  it('a deposed leader in a minority answers no read: it could be stale', () => {
    const cluster = new TestCluster(5);
    cluster.elect('s1');
    const split = ({ from, to }: { from: string; to: string }) =>
      (from === 's1' || from === 's2') === (to === 's1' || to === 's2');
    const request = cluster.read('s1');
    cluster.pass(1_000, split);
    expect(cluster.answers).toEqual([{ request, status: 'retry' }]);
  });
});
