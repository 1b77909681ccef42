import { describe, expect, it } from 'vitest';
import { type Flight, TestCluster } from './testing/index.js';

const only =
  (...ids: readonly string[]) =>
  ({ from, to }: Flight) =>
    ids.includes(from) && ids.includes(to);

const isAppend = ({ message }: Flight) =>
  message.type === 'appendEntries' || message.type === 'appendEntriesResponse';

/** Votes reach everybody in `voters`, entries only those in `copies`: elections succeed, replication stops half way. */
const votesAndCopies =
  (voters: readonly string[], copies: readonly string[]) =>
  (flight: Flight): boolean =>
    only(...(isAppend(flight) ? copies : voters))(flight);

/** The figure's terms are fixed: attempts in terms where votes have been given already fail first. */
const electIn = (
  cluster: TestCluster,
  term: number,
  id: string,
  reaches: (flight: Flight) => boolean,
): void => {
  while (cluster.state(id).currentTerm < term - 1) {
    cluster.fire(id, 'election');
    cluster.settle(reaches);
  }
  cluster.elect(id, reaches);
  expect(cluster.state(id).currentTerm).toBe(term);
};

const termsOf = (cluster: TestCluster, id: string) => cluster.state(id).log.entries.map(({ term }) => term);

describe('Figure 8: "a leader cannot determine commitment using log entries from older terms"', () => {
  /**
   * (a) S1 leads term 2 and replicates index 2 to S2 alone; (b) S5 is elected in term 3 by S3, S4 and itself, and accepts
   * another entry there; (c) S1 restarts, is elected in term 4, and continues replication: `copies` are reached by it.
   */
  const upToC = (copies: (flight: Flight) => boolean) => {
    const cluster = new TestCluster(5, { preVote: false, entriesPerMessageMax: 1, inflightMessagesMax: 1 });
    electIn(cluster, 1, 's1', () => true);
    cluster.crash('s1');
    cluster.restart('s1');
    electIn(cluster, 2, 's1', votesAndCopies(cluster.ids, ['s1', 's2']));
    cluster.crash('s1');
    electIn(cluster, 3, 's5', votesAndCopies(['s3', 's4', 's5'], []));
    cluster.crash('s5');
    expect(cluster.ids.map((id) => termsOf(cluster, id))).toEqual([[1, 2], [1, 2], [1], [1], [1, 3]]);
    cluster.restart('s1');
    const reaches = (flight: Flight) =>
      only('s1', 's2', 's3', 's4')(flight) && (!isAppend(flight) || copies(flight));
    electIn(cluster, 4, 's1', reaches);
    // What was lost with the first messages is found missing by a heartbeat.
    cluster.fire('s1', 'heartbeat');
    cluster.settle(reaches);
    return cluster;
  };
  const old = (flight: Flight) =>
    only('s1', 's2', 's3')(flight) &&
    (flight.message.type !== 'appendEntries' || flight.message.entries.every(({ term }) => term < 4));

  it('(c) the entry of term 2 is on a majority of the servers, and not committed by that', () => {
    const cluster = upToC(old);
    expect(cluster.ids.map((id) => termsOf(cluster, id))).toEqual([[1, 2, 4], [1, 2], [1, 2], [1], [1, 3]]);
    const { role, commitIndex } = cluster.state('s1');
    expect(role).toMatchObject({ progress: { s2: { matchIndex: 2 }, s3: { matchIndex: 2 } } });
    expect(commitIndex).toBeLessThan(2);
  });

  it('(d) S5 can be elected in term 5, and overwrites it everywhere', () => {
    const cluster = upToC(old);
    cluster.crash('s1');
    cluster.restart('s5');
    electIn(cluster, 5, 's5', () => true);
    cluster.restart('s1');
    cluster.pass(200);
    for (const id of cluster.ids) expect(termsOf(cluster, id)).toEqual([1, 3, 5]);
  });

  it('(e) once an entry of term 4 is on a majority, S5 cannot win, and all before it is committed too', () => {
    const cluster = upToC(only('s1', 's2', 's3'));
    expect(cluster.state('s1').commitIndex).toBe(3);
    cluster.crash('s1');
    cluster.restart('s5');
    for (let attempts = 0; attempts < 5; attempts++) {
      expect(() => cluster.elect('s5')).toThrow('s5 was not elected');
    }
    cluster.pass(3_000);
    expect(termsOf(cluster, 's5').slice(0, 3)).toEqual([1, 2, 4]);
  });
});

describe('Figure 8, unreliable: elections and crashes at random, messages lost, late and out of order', () => {
  it.each([1, 2, 3])('1,000 rounds keep every rule and end in agreement (seed %i)', (seed) => {
    const cluster = new TestCluster(
      5,
      {
        inflightMessagesMax: 2,
        entriesPerMessageMax: 2,
        snapshotEveryEntries: 50,
        snapshotTrailingEntries: 5,
      },
      seed,
    );
    for (let round = 0; round < 1_000; round++) {
      const leaders = cluster.ids.filter((id) => cluster.state(id).role.name === 'leader');
      for (const id of leaders) if (cluster.isUp(id)) cluster.propose(id, `${round}`);
      cluster.disorder(10);
      cluster.pass(cluster.random(0, 60), () => cluster.random(1, 10) > 2);
      const [victim] = leaders;
      if (victim !== undefined && cluster.isUp(victim) && cluster.random(1, 10) <= 2) cluster.crash(victim);
      const down = cluster.ids.filter((id) => !cluster.isUp(id));
      const [first] = down;
      if (first !== undefined && (down.length > 2 || cluster.random(1, 10) <= 3)) cluster.restart(first);
    }
    for (const id of cluster.ids) if (!cluster.isUp(id)) cluster.restart(id);
    cluster.pass(3_000);
    const leader = cluster.ids.find((id) => cluster.state(id).role.name === 'leader');
    if (leader === undefined) throw new Error('a healed cluster has a leader');
    const [request] = cluster.propose(leader, 'last');
    cluster.pass(500);
    expect(cluster.answers).toContainEqual(expect.objectContaining({ request, status: 'ok' }));
    for (const id of cluster.ids)
      expect(cluster.state(id).commitIndex).toBe(cluster.state(leader).commitIndex);
    expect(cluster.state(leader).commitIndex).toBeGreaterThan(100);
  });
});
